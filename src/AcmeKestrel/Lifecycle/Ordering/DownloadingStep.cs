using AcmeKestrel.Certificates;
using AcmeKestrel.Diagnostics;
using AcmeKestrel.Lifecycle.Planning;
using AcmeKestrel.Lifecycle.State;
using AcmeKestrel.Protocol;
using Microsoft.Extensions.Logging;

namespace AcmeKestrel.Lifecycle.Ordering;

/// <summary>Fetches the chain and checks it (RFC 8555 section 7.4.2).</summary>
internal sealed class DownloadingStep(TimeProvider time, ILogger logger)
{
    /// <summary>A proxy's page in the chain's place, or a chain cut off, may pass; the certificate exists and is not given up within seconds. After the last wait it is.</summary>
    private static readonly TimeSpan[] AfterDamage = [TimeSpan.FromSeconds(10), TimeSpan.FromMinutes(10)];

    /// <summary>A CA may list any number; each is a request.</summary>
    private const int Alternates = 8;

    /// <param name="certificate">What the order is to replace.</param>
    public async Task<StepResult> RunAsync(OrderRun run, OrderProgress.Downloading downloading, Provider provider, AcmeAccount account, CertificateFacts? certificate, CancellationToken cancellationToken)
    {
        var order = run.Order;
        CertificateChain chain;
        try
        {
            chain = await FetchAsync(run, account, downloading.CertificateUrl, order.PreferredChain ?? provider.PreferredChain, cancellationToken).ConfigureAwait(false);
        }
        catch (AcmeException refused) when (refused.Fault is AcmeFault.Rejected)
        {
            return (StepResult?)Patience.AfterRefusal(run, refused, certificate, time.GetUtcNow()) ?? new StepResult.Failed(new OrderFailure(OrderFailureKind.Rejected, refused.Message));
        }
        catch (FormatException damaged)
        {
            run.ShowedIt();
            if (run.DamagedChains < AfterDamage.Length) return new StepResult.WaitUntil(time.GetUtcNow() + AfterDamage[run.DamagedChains++]);
            return new StepResult.Failed(new OrderFailure(OrderFailureKind.Rejected, $"the downloaded chain is damaged: {damaged.Message}"));
        }

        if (Fault(run, chain) is { } fault) return new StepResult.Failed(new OrderFailure(OrderFailureKind.Rejected, fault));

        // A wrong clock is no reason to lose a good certificate: it is kept, and said.
        if (IssuedCertificateCheck.DateWarning(chain, time.GetUtcNow()) is { } warning) logger.CertificateDates(order.Label, warning);

        var origin = new GenerationOrigin(
            downloading.OrderUrl, downloading.CertificateUrl, order.DirectoryUrl, order.AccountUrl ?? account.Url, order.KeyType, order.Profile, order.WorkedChallenge, time.GetUtcNow())
        {
            WishedProfile = order.WishedProfile,
        };
        return new StepResult.Issued(new Generation(order.Label, GenerationId.Of(order.Stamp, downloading.OrderUrl), chain, run.PrivateKey, origin));
    }

    /// <summary>The default chain, or the first alternate whose topmost issuer bears the preferred name. An alternate that cannot be had, or is not for this order, costs nothing but itself.</summary>
    private async Task<CertificateChain> FetchAsync(OrderRun run, AcmeAccount account, string url, string? preferred, CancellationToken cancellationToken)
    {
        var download = await account.DownloadAsync(url, cancellationToken).ConfigureAwait(false);
        var chain = CertificateChain.ParsePem(download.Pem.Span);
        if (preferred is null || ChainIssuer.IsTopmost(chain, preferred)) return chain;

        foreach (var alternate in download.Alternates.Take(Alternates))
        {
            try
            {
                var other = await account.DownloadAsync(alternate, cancellationToken).ConfigureAwait(false);
                var candidate = CertificateChain.ParsePem(other.Pem.Span);
                if (Fault(run, candidate) is { } fault) logger.AlternateSkipped(run.Order.Label, alternate, fault);
                else if (ChainIssuer.IsTopmost(candidate, preferred)) return candidate;
            }
            catch (Exception unusable) when (unusable is AcmeException or FormatException)
            {
                logger.AlternateSkipped(run.Order.Label, alternate, unusable.Message);

                // Who asks to be left alone is not asked for the others.
                if (unusable is AcmeException { Fault: AcmeFault.RateLimited } or AcmeException { RetryAfter: not null }) break;
            }
        }

        return chain;
    }

    private static string? Fault(OrderRun run, CertificateChain chain) =>
        IssuedCertificateCheck.FindFault(chain, run.PrivateKey, [.. run.Order.Identifiers.Select(AcmeIdentifier.Parse)]);
}
