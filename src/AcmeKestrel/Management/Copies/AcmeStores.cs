using AcmeKestrel.Configuration;
using AcmeKestrel.Configuration.Stores;
using AcmeKestrel.Lifecycle.State;
using AcmeKestrel.Management.Backups;
using AcmeKestrel.Storage;
using Microsoft.Extensions.Logging;

namespace AcmeKestrel.Management.Copies;

/// <summary>Opens two stores, takes the state of the target, and has the one copied to the other.</summary>
internal sealed class AcmeStores(IStoreDoor door, StoreTypes types, StoreTypeSettings configured, IAcmeSettings settings, StateDirectoryOptions directory, TimeProvider time, ILogger<StateLease> logger) : IAcmeStores
{
    public IReadOnlyList<string> Types => [.. types.Names];

    public string Directory => directory.Path;

    public async Task<AcmeStoreCopyResult> CopyAsync(AcmeStoreCopyRequest request, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        var (from, to) = (NameOf(request.From), NameOf(request.To));
        if (from == to) throw new ArgumentException($"{from} cannot be copied to itself.");

        var (read, written) = (configured.Read(from), configured.Read(to));
        var source = new Opened(door.Open(read));
        await using (source.ConfigureAwait(false))
        {
            var target = new Opened(door.Open(written));
            await using (target.ConfigureAwait(false))
            {
                await CheckAsync(source.Store, from, cancellationToken).ConfigureAwait(false);
                var lease = new StateLease(target.Store, LeaseTimes.Of(target.Store, written.LeaseDuration), time, logger);
                if (!await lease.TryTakeAsync(cancellationToken, replacesClosed: request.Overwrite).ConfigureAwait(false)) throw new StoreUnavailableException($"Nothing was copied to {to}: {lease.Problem}. Where a server runs on it, stop it first.");

                try
                {
                    var work = new CopyWork(source.Store, target.Store, lease.Session!, new StateLinks(target.Store, settings), request.Overwrite);
                    await lease.KeepWhileAsync(work.RunAsync, cancellationToken).ConfigureAwait(false);
                    return work.Tell(from, to);
                }
                catch (StoreConflictException other)
                {
                    throw new StoreUnavailableException($"Somebody else writes to {to}: {other.Message} What was copied by then stays; call it once more.", other);
                }
                finally
                {
                    await lease.ReleaseAsync().ConfigureAwait(false);
                }
            }
        }
    }

    /// <summary>Whoever names the two in the wrong order loses nothing by it.</summary>
    private static async Task CheckAsync(IAcmeStore source, string from, CancellationToken cancellationToken)
    {
        foreach (var kind in BackupPaths.Kinds)
        {
            await foreach (var _ in source.ListEntriesAsync(new StoreQuery(kind) { Limit = 1 }, cancellationToken).ConfigureAwait(false)) return;
        }

        throw new StoreUnavailableException($"{from} has no state{(source.FindAbility<IStateFolder>() is { Root: var root } ? $" ({root})" : "")}: there is nothing to copy.");
    }

    private string NameOf(string type) => types.Find(type) ?? throw new ArgumentException($"'{type}' is no type of stores; known are {string.Join(", ", types.Names)}.");

    /// <summary>A store that is ours to close.</summary>
    private sealed record Opened(IAcmeStore Store) : IAsyncDisposable
    {
        public async ValueTask DisposeAsync()
        {
            if (Store is IAsyncDisposable closed) await closed.DisposeAsync().ConfigureAwait(false);
            else (Store as IDisposable)?.Dispose();
        }
    }
}
