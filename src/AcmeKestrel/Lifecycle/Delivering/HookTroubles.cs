using AcmeKestrel.Lifecycle.State;
using AcmeKestrel.Storage.Engine;

namespace AcmeKestrel.Lifecycle.Delivering;

/// <summary>How hooks fail, on disk: of each the worst.</summary>
internal sealed class HookTroubles(HookQueues queues)
{
    private readonly KeyedGates _writing = new();

    /// <summary>The worst of the hook; null: it has none.</summary>
    public HookTrouble? Find(string hook) => queues.TroubleOf(hook);

    /// <summary>Null: it is owed no more.</summary>
    public HookTrouble? Failed(string hook, NoticeName? what, string problem) => queues.Failed(hook, what, problem);

    public void Told(string hook, NoticeName? what) => queues.Told(hook, what);

    /// <summary>On disk when it returns.</summary>
    public async Task KeepAsync(StateSession session, string hook, CancellationToken cancellationToken)
    {
        if (!queues.IsUnwritten(hook, out _)) return;

        var key = DeliveryRecord.TroubleKey(hook);
        using var turn = await _writing.EnterAsync(key, cancellationToken).ConfigureAwait(false);
        if (!queues.IsUnwritten(hook, out var trouble)) return;

        if (trouble is null) await session.DeleteAsync(key, cancellationToken).ConfigureAwait(false);
        else await session.WriteAsync(key, DeliveryRecord.Write(trouble), cancellationToken).ConfigureAwait(false);
        queues.Written(hook, trouble);
    }
}
