using System.Security.Cryptography;
using System.Text;
using AcmeKestrel.Configuration.Hooks;
using AcmeKestrel.Diagnostics;
using AcmeKestrel.Hooks;
using AcmeKestrel.Storage;
using AcmeKestrel.Storage.Engine;

namespace AcmeKestrel.Lifecycle.Delivering;

/// <summary>Makes of notices what a hook is told, and tells it; whose turn that is.</summary>
internal sealed class HookCalls(HookMetrics metrics, TimeProvider time, ICertificateView? view = null)
{
    private readonly KeyedGates _turns = new();

    /// <summary>A hook is called by one at a time: nobody else calls it until what is returned is given back.</summary>
    public ValueTask<IDisposable> AloneAsync(IHook hook, CancellationToken cancellationToken) => _turns.EnterAsync(DeliveryRecord.TroubleKey(hook.Id), cancellationToken);

    public async Task<HookOutcome> TellAsync(IHook hook, IReadOnlyList<(string Label, OwedNotice Notice)> told, int attempt, CancellationToken cancellationToken)
    {
        var call = Call(told, attempt);
        var begun = time.GetTimestamp();
        var outcome = await hook.TellAsync(call, cancellationToken).ConfigureAwait(false);
        metrics.Ended(hook.Id, HookEvents.WordOf(call.Event), outcome.Kind.ToString().ToLowerInvariant(), time.GetElapsedTime(begun));
        return outcome;
    }

    private AcmeHookCall Call(IReadOnlyList<(string Label, OwedNotice Notice)> told, int attempt) =>
        new(told[0].Notice.Event, IdOf(told), told.Min(one => one.Notice.Since), [.. told.Select(one => Certificate(one.Label, one.Notice))]) { Attempt = attempt, StateDirectory = view?.Root };

    private AcmeHookCertificate Certificate(string label, OwedNotice notice) => new(label, notice.Names)
    {
        Generation = notice.Generation,
        NotBefore = notice.NotBefore,
        NotAfter = notice.NotAfter,
        Path = view?.PathOf(label),
        Reason = notice.Reason,
    };

    /// <summary>By what is told: the same for what is told once more.</summary>
    private static string IdOf(IReadOnlyList<(string Label, OwedNotice Notice)> told)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var (label, notice) in told.OrderBy(one => one.Label, StringComparer.Ordinal)) hash.AppendData(Encoding.UTF8.GetBytes($"{HookEvents.WordOf(notice.Event)} {label} {notice.Generation} {notice.Since.UtcTicks}\n"));
        return Convert.ToHexStringLower(hash.GetHashAndReset().AsSpan(0, 16));
    }
}
