using AcmeKestrel.Certificates;
using AcmeKestrel.Diagnostics;
using AcmeKestrel.Lifecycle.Dispatching;
using AcmeKestrel.Lifecycle.Limits;
using AcmeKestrel.Lifecycle.Ordering;
using AcmeKestrel.Lifecycle.Planning.Renewals;
using AcmeKestrel.Lifecycle.Planning;
using AcmeKestrel.Protocol;
using Microsoft.Extensions.Logging;

namespace AcmeKestrel.Lifecycle.Providers;

/// <summary>
/// Asks CAs when to renew (RFC 9773). It is a courtesy: few questions at a time and each a short one, so that no order waits for them, and a failed one opens no circuit and counts against no name.
/// </summary>
internal sealed class RenewalDesk(ProviderClients clients, ILabelWaker labels, RenewalInfoMetrics metrics, TimeProvider time, ILogger<RenewalDesk> logger)
{
    /// <summary>Of the places in which a CA's labels are worked on only so many ask at once.</summary>
    private const int AtOnce = 4;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Quiet = TimeSpan.FromMinutes(1);

    private readonly Lock _gate = new();
    private readonly Dictionary<CaKey, Heard> _heard = [];
    private readonly AskingLine _line = new(AtOnce, labels);

    /// <summary>For a run of the label: see <see cref="AskingLine.TurnOf"/>.</summary>
    public IDisposable? TurnOf(string label) => _line.TurnOf(label);

    /// <summary>The hint to keep, or when to come again; neither: the label is woken when it is its turn.</summary>
    public async Task<RenewalReply> AskAsync(Provider provider, CertificateFacts served, RenewalHint? known, CancellationToken cancellationToken)
    {
        var heard = HeardOf(provider);
        lock (_gate)
        {
            var now = time.GetUtcNow();
            if (Waits.Last(heard.WithoutUntil, RenewalHints.Longest, now)) return new RenewalReply(RenewalHints.WithoutInfo(served, now), null);
            if (Waits.Last(heard.QuietUntil, RenewalHints.Longest, now)) return new RenewalReply(null, heard.QuietUntil) { IsQuiet = true };
        }

        if (!_line.TryEnter(provider.Ca, served.Label)) return new RenewalReply(null, null);

        try
        {
            return new RenewalReply(await FetchAsync(provider, served, known, heard, cancellationToken).ConfigureAwait(false), null);
        }
        finally
        {
            _line.Leave(provider.Ca);
        }
    }

    private async Task<RenewalHint> FetchAsync(Provider provider, CertificateFacts served, RenewalHint? known, Heard heard, CancellationToken cancellationToken)
    {
        using var deadline = new CancellationTokenSource(Patience, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, deadline.Token);
        try
        {
            var info = await clients.Get(provider).GetRenewalInfoAsync(served.RenewalId!, either.Token).ConfigureAwait(false);
            metrics.Looked(provider.Name, info is null ? RenewalInfoOutcome.None : RenewalInfoOutcome.Window);
            if (info is not null) return RenewalHints.After(served, known, info, time.GetUtcNow());

            lock (_gate) heard.WithoutUntil = time.GetUtcNow() + RenewalHints.Longest;
            return RenewalHints.WithoutInfo(served, time.GetUtcNow());
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return Fail($"no answer within {Patience.TotalSeconds:0} s", mayPass: true, null);
        }
        catch (AcmeException fault)
        {
            return Fail(fault.Message, fault.IsProviderFault, fault.RetryAfter);
        }
        catch (HeldException held)
        {
            return Fail(held.Message, mayPass: false, null);
        }

        RenewalHint Fail(string reason, bool mayPass, TimeSpan? retryAfter)
        {
            var now = time.GetUtcNow();
            metrics.Looked(provider.Name, RenewalInfoOutcome.Failed);
            logger.RenewalInfoFailed(served.Label, provider.Name, reason);
            if (mayPass)
            {
                var quiet = retryAfter > Quiet ? retryAfter.Value : Quiet;
                lock (_gate) heard.QuietUntil = now + (quiet < RenewalHints.Longest ? quiet : RenewalHints.Longest);
            }

            return RenewalHints.AfterFailure(served, known, mayPass, retryAfter, now);
        }
    }

    private Heard HeardOf(Provider provider)
    {
        lock (_gate)
        {
            if (!_heard.TryGetValue(provider.Ca, out var heard)) _heard[provider.Ca] = heard = new Heard();
            return heard;
        }
    }

    /// <summary>What one CA said last.</summary>
    private sealed class Heard
    {
        /// <summary>After a fault that may pass the other certificates do not ask, either.</summary>
        public DateTimeOffset QuietUntil { get; set; }

        /// <summary>The CA has no renewal info; its directory is not looked at for it before.</summary>
        public DateTimeOffset WithoutUntil { get; set; }
    }
}

/// <summary>What came of a question: either the hint to keep, or when to come again, or that the label stands in line.</summary>
/// <param name="Later">Where nothing was asked and nobody will wake the label.</param>
internal sealed record RenewalReply(RenewalHint? Hint, DateTimeOffset? Later)
{
    /// <summary>The CA is left alone for a while, so nobody need wait for the answer.</summary>
    public bool IsQuiet { get; init; }
}
