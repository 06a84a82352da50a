using System.Globalization;
using AcmeKestrel.Certificates;
using AcmeKestrel.Lifecycle.Planning;
using AcmeKestrel.Protocol;

namespace AcmeKestrel.Lifecycle.Ordering;

/// <summary>Sends the signing request and looks at the order until the certificate exists (RFC 8555 section 7.4).</summary>
internal sealed class FinalizingStep(TimeProvider time)
{
    /// <param name="certificate">What the order is to replace.</param>
    public async Task<StepResult> RunAsync(OrderRun run, OrderProgress.Finalizing finalizing, AcmeAccount account, CertificateFacts? certificate, CancellationToken cancellationToken)
    {
        AcmeOrder order;
        try
        {
            order = run is { FinalizeSent: false, Resumed: false, Seen: { Status: AcmeStatus.Ready } ready }
                ? ready
                : await account.GetOrderAsync(finalizing.OrderUrl, cancellationToken).ConfigureAwait(false);
        }
        catch (AcmeException refused) when (refused.Fault is AcmeFault.Rejected && !(IsGone(refused) && finalizing.Expires <= time.GetUtcNow()))
        {
            return (StepResult?)Patience.AfterRefusal(run, refused, certificate, time.GetUtcNow()) ?? (IsGone(refused) ? new StepResult.Lost(refused.Message) : new StepResult.Failed(FailureReport.Of(refused)));
        }

        run.ShowedIt();
        if (order.Status is AcmeStatus.Ready)
        {
            var mayBeSecond = run.FinalizeSent || run.Resumed;
            try
            {
                run.FinalizeSent = true;
                var request = CertificateKey.CreateSigningRequest(run.PrivateKey, [.. run.Order.Identifiers.Select(AcmeIdentifier.Parse)]);
                order = await account.FinalizeAsync(order, request, cancellationToken).ConfigureAwait(false);
            }
            catch (AcmeException early) when (early.Problem?.Is("orderNotReady") is true)
            {
                return Wait(run, early.RetryAfter, certificate);
            }
            catch (AcmeException refused) when (refused.Problem?.Is("badCSR") is true && !finalizing.SecondKey)
            {
                // The order stays ready: another key may please the CA (a key it knows as weak, or an account's).
                await run.ChangeKeyAsync(finalizing with { SecondKey = true }, cancellationToken).ConfigureAwait(false);
                (run.Seen, run.FinalizeSent) = (order, run.Resumed);
                return StepResult.Advanced;
            }
            catch (AcmeException refused) when (refused.Fault is AcmeFault.Rejected && !IsGone(refused))
            {
                // It may be refused for one before it that was carried out.
                return new StepResult.Failed(FailureReport.Of(refused) with { IsNotIssued = !mayBeSecond });
            }
        }

        run.Seen = order;
        run.Looks++;
        switch (order.Status)
        {
            // Some CAs are late with the certificate's URL: that is still processing.
            case AcmeStatus.Valid when order.Certificate is { } url:
                await run.AdvanceAsync(new OrderProgress.Downloading(finalizing.OrderUrl, finalizing.Expires, url), cancellationToken).ConfigureAwait(false);
                return StepResult.Advanced;

            // It ended before it was finalized; after that the CA would say why.
            case AcmeStatus.Invalid when order.Error is null && !run.FinalizeSent && OrderEnd.HasExpired(order, finalizing.Expires, time.GetUtcNow()):
                return new StepResult.Lost("the order has expired");

            case AcmeStatus.Invalid:
                var failure = order.Error is { } error
                    ? FailureReport.Of(error, OrderFailureKind.Rejected)
                    : new OrderFailure(OrderFailureKind.Rejected, "the CA made the order invalid after it was finalized, and says no more");
                return new StepResult.Failed(failure with { IsNotIssued = true });

            default:
                var wait = Wait(run, order.RetryAfter, certificate);
                if (wait is StepResult.WaitUntil { Time: var look }) await run.IssuesAsync(look, time.GetUtcNow(), cancellationToken).ConfigureAwait(false);
                return wait;
        }
    }

    private StepResult Wait(OrderRun run, TimeSpan? retryAfter, CertificateFacts? certificate)
    {
        var now = time.GetUtcNow();
        if (Patience.WaitForIssuance(run, retryAfter, certificate, now) is { } wait) return wait;

        var patience = Patience.OfIssuance(run, certificate, run.Order.FinalizedAt ?? now);
        return new StepResult.Failed(new OrderFailure(OrderFailureKind.Rejected, string.Create(
            CultureInfo.InvariantCulture, $"the CA did not issue within {(patience < TimeSpan.FromHours(1) ? $"{patience.TotalMinutes:0} minutes" : $"{patience.TotalHours:0.#} hours")} after the order was finalized")));
    }

    private static bool IsGone(AcmeException refused) => refused.StatusCode is 404 or 410;
}
