using AcmeKestrel.Certificates;

namespace AcmeKestrel.Hooks;

/// <summary>A service of the application.</summary>
internal sealed class CodeHook(string id, ICertificateHook hook, TimeProvider time) : IHook
{
    public string Id { get; } = id;

    public IReadOnlyCollection<AcmeHookEvent> Events => hook.Events;

    public async Task<HookOutcome> TellAsync(AcmeHookCall call, CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(HookLimits.Call, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, limit.Token);
        try
        {
            // Code that does not look at its token, or keeps its thread, is left alone when its time is over.
            var token = either.Token;
            var result = await Task.Run(() => hook.OnAsync(call, token).AsTask(), CancellationToken.None).WaitAsync(token).ConfigureAwait(false);
            var reason = HookLimits.Short(result.Reason ?? "it says no");
            return result.IsDone ? HookOutcome.Done : result.IsVeto ? HookOutcome.Refused(reason) : HookOutcome.Failed(reason);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            throw;
        }
#pragma warning disable CA1031 // The application's own code: whatever it throws is a failure of this delivery and of nothing else.
        catch (Exception failure)
#pragma warning restore CA1031
        {
            return HookOutcome.Failed(limit.IsCancellationRequested ? $"it did not end within {HookLimits.Call}" : HookLimits.Short($"{failure.GetType().Name}: {failure.Message}"));
        }
    }
}
