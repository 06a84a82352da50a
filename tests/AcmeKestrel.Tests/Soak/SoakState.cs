using AcmeKestrel.Lifecycle.State;
using AcmeKestrel.Storage.Files;
using AcmeKestrel.Tests.Serving;
using AcmeKestrel.Tests.Storage;

namespace AcmeKestrel.Tests.Soak;

/// <summary>A state directory with a certificate for each name, as the store itself writes it.</summary>
internal sealed class SoakState : IDisposable
{
    private readonly StateFolder _folder = new(TimeProvider.System);

    private SoakState(int count) => Names = [.. Enumerable.Range(0, count).Select(number => new Succession($"n{number}.test", Ca))];

    public TestCa Ca { get; } = new();

    public IReadOnlyList<Succession> Names { get; }

    public string Path => _folder.Path;

    public static async Task<SoakState> CreateAsync(int count, CancellationToken cancellationToken)
    {
        var state = new SoakState(count);
        var store = state._folder.Open(files: new UnsyncedFiles(LocalFileSystem.Below(state.Path)));
        await using var lease = await store.TryLeaseAsync("state", "soak", TimeSpan.FromHours(1), cancellationToken) ?? throw new InvalidOperationException("The lease of a new state is held.");
        var session = new StateSession(store, lease.Fence);
        await Parallel.ForEachAsync(state.Names, cancellationToken, async (name, cancellation) =>
        {
            var generation = name.Issue();
            await session.WriteAsync(GenerationRecord.Key(generation.Label, generation.Id), GenerationRecord.Write(generation), cancellation);
            await store.SwitchAsync(generation.Label, generation.Id, cancellation);
            name.Published();
        });
        return state;
    }

    public void Dispose() => _folder.Dispose();
}
