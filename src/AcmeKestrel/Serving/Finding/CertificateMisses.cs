using AcmeKestrel.Certificates;
using AcmeKestrel.Certificates.International;
using AcmeKestrel.Certificates.Ports;
using AcmeKestrel.Challenges;
using AcmeKestrel.Diagnostics;
using Microsoft.Extensions.Logging;

namespace AcmeKestrel.Serving.Finding;

/// <summary>What a handshake does whose name is not in the table: it asks the miss handler, if there is one. One question per name at a time, few at once, fewer of one asker, each with a deadline, and a name that was missing is not asked for again at once.</summary>
internal sealed class CertificateMisses(ServingLimits limits, TimeProvider time, ILogger<CertificateMisses> logger, ICertificateMissHandler? handler = null)
{
    private readonly ILogger _log = new ShownLogger(logger, UnicodeName.BesideEach);
    private readonly LookupBudget<bool> _questions = new(limits.MaxMisses, limits.MaxMisses, limits.MaxMissesOfAsker, StringComparer.OrdinalIgnoreCase);
    private readonly RareWord _failed = new(time);
    private readonly RecentMisses _misses = new(time, StringComparer.OrdinalIgnoreCase);

    public bool IsAsking => handler is { IsAsked: true };

    /// <summary>Whether the table is worth another look.</summary>
    public ValueTask<bool> MayHaveComeAsync(string asked, Asker asker)
    {
        if (handler is null || !AcmeIdentifier.TryParse(asked, out var name, out _) || _misses.Has(name.Value)) return default;

        return _questions.Join(name.Value, asker.Network, asker.AsksForOurs, _ => AskAsync(handler, name.Value)) is { } asking ? new(asking) : default;
    }

    private async Task<bool> AskAsync(ICertificateMissHandler asked, string name)
    {
        var hasCome = false;
        using var deadline = new CancellationTokenSource(limits.MissDeadline, time);
        try
        {
            hasCome = await asked.OnMissAsync(name, deadline.Token).AsTask().WaitAsync(deadline.Token);
        }
        catch (OperationCanceledException)
        {
            // In time there was nothing.
        }
        catch (Exception exception)
        {
            // Whatever went wrong there, this visitor gets what unknown names get.
            if (_failed.IsDue()) _log.MissHandlerFailed(name, exception);
        }

        if (!hasCome) _misses.Add(name);
        return hasCome;
    }
}
