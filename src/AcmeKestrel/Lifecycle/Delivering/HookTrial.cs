using AcmeKestrel.Certificates;
using AcmeKestrel.Hooks;
using AcmeKestrel.Lifecycle.State;
using AcmeKestrel.Storage;

namespace AcmeKestrel.Lifecycle.Delivering;

/// <summary>Tells one hook something that has not happened, as it would be told otherwise: by one at a time, and without a link that moves. Nothing of it is owed or kept, whatever comes of it.</summary>
internal sealed class HookTrial(HookCalls calls, PublicLinks links, TimeProvider time, ICertificateView? view = null)
{
    private static readonly TimeSpan BetweenLooks = TimeSpan.FromMilliseconds(100);

    /// <param name="names">Of the certificate; where there is none, the wished ones.</param>
    /// <param name="certificate">Null: there is none.</param>
    public async Task<(HookOutcome Outcome, TimeSpan Duration)> RunAsync(
        StateSession session, IHook hook, AcmeHookEvent happened, string label, IReadOnlyList<string> names, CertificateFacts? certificate, CancellationToken cancellationToken)
    {
        var told = new AcmeHookCertificate(label, names)
        {
            Generation = certificate?.Generation,
            NotBefore = certificate?.NotBefore,
            NotAfter = certificate?.NotAfter,
            Path = view?.PathOf(label),
            Reason = "a test: nothing has happened",
        };
        var call = new AcmeHookCall(happened, Guid.NewGuid().ToString("N"), time.GetUtcNow(), [told]) { IsTest = true, StateDirectory = view?.Root };
        using var alone = await calls.AloneAsync(hook, cancellationToken).ConfigureAwait(false);
        using var still = call.Event is AcmeHookEvent.LiveUpdated ? await HoldStillAsync(session, cancellationToken).ConfigureAwait(false) : null;
        var begun = time.GetTimestamp();
        var outcome = await hook.TellAsync(call, cancellationToken).ConfigureAwait(false);
        return (outcome, time.GetElapsedTime(begun));
    }

    /// <summary>What waits to be moved goes first, as it does before anybody is told.</summary>
    private async Task<IDisposable> HoldStillAsync(StateSession session, CancellationToken cancellationToken)
    {
        while (true)
        {
            if (await links.TryHoldStillAsync(session, cancellationToken).ConfigureAwait(false) is { } still) return still;
            await Task.Delay(BetweenLooks, time, cancellationToken).ConfigureAwait(false);
        }
    }
}
