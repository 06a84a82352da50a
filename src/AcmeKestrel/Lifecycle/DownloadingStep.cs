using AcmeKestrel.Certificates;
using AcmeKestrel.Diagnostics;
using AcmeKestrel.Protocol;
using Microsoft.Extensions.Logging;

namespace AcmeKestrel.Lifecycle;

/// <summary>Fetches the chain and checks it (RFC 8555 section 7.4.2).</summary>
internal sealed class DownloadingStep(TimeProvider time, ILogger<DownloadingStep> logger)
{
    private const int DamagedDownloads = 3;

    public async Task<StepResult> RunAsync(OrderRun run, OrderProgress.Downloading downloading, Provider provider, AcmeAccount account, CancellationToken cancellationToken)
    {
        var order = run.Order;
        CertificateChain chain;
        try
        {
            chain = await FetchAsync(account, downloading.CertificateUrl, provider.PreferredChain, cancellationToken).ConfigureAwait(false);
        }
        catch (AcmeException missing) when (missing.StatusCode is 404)
        {
            // A replica that lags behind; for good only when it lasts.
            run.Looks++;
            return (StepResult?)Patience.Wait(run, missing.RetryAfter, Patience.Order, time.GetUtcNow()) ?? new StepResult.Failed(new OrderFailure(OrderFailureKind.Rejected, missing.Message));
        }
        catch (FormatException damaged)
        {
            if (++run.Looks < DamagedDownloads) return new StepResult.WaitUntil(time.GetUtcNow() + Patience.Next(run.Looks, null));
            return new StepResult.Failed(new OrderFailure(OrderFailureKind.Rejected, $"the downloaded chain is damaged: {damaged.Message}"));
        }

        if (IssuedCertificateCheck.FindFault(chain, run.PrivateKey, [.. order.Identifiers.Select(AcmeIdentifier.Parse)]) is { } fault)
        {
            return new StepResult.Failed(new OrderFailure(OrderFailureKind.Rejected, fault));
        }

        // A wrong clock is no reason to lose a good certificate: it is kept, and said.
        if (IssuedCertificateCheck.DateWarning(chain, time.GetUtcNow()) is { } warning) logger.CertificateDates(order.Label, warning);

        var origin = new GenerationOrigin(
            downloading.OrderUrl, downloading.CertificateUrl, order.DirectoryUrl, order.AccountUrl ?? account.Url, order.KeyType, order.Profile, order.WorkedChallenge, time.GetUtcNow());
        return new StepResult.Issued(new Generation(order.Label, PendingOrder.GenerationId(order.Stamp, downloading.OrderUrl), chain, run.PrivateKey, origin));
    }

    /// <summary>The default chain, or the first alternate whose topmost issuer bears the preferred name.</summary>
    private static async Task<CertificateChain> FetchAsync(AcmeAccount account, string url, string? preferred, CancellationToken cancellationToken)
    {
        var download = await account.DownloadAsync(url, cancellationToken).ConfigureAwait(false);
        var chain = CertificateChain.ParsePem(download.Pem.Span);
        if (preferred is null || ChainIssuer.IsTopmost(chain, preferred)) return chain;

        foreach (var alternate in download.Alternates.Take(8))
        {
            var other = await account.DownloadAsync(alternate, cancellationToken).ConfigureAwait(false);
            var candidate = CertificateChain.ParsePem(other.Pem.Span);
            if (ChainIssuer.IsTopmost(candidate, preferred)) return candidate;
        }

        return chain;
    }
}
