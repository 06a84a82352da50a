using AcmeKestrel.Configuration;
using AcmeKestrel.Lifecycle.State;
using AcmeKestrel.Storage;
using AcmeKestrel.Storage.Engine;

namespace AcmeKestrel.Management.Backups;

/// <summary>Backs the state up, and restores it.</summary>
internal sealed class AcmeBackups(IAcmeStore store, StateDirectoryOptions directory, StateLease lease, IAcmeSettings settings, TimeProvider time) : IAcmeBackups
{
    /// <summary>What this machine has copied is neither what is there nor a reason to leave something out.</summary>
    private readonly IAcmeStore _store = store.FindAbility<CopiedStore>()?.Engine ?? store;

    public Task<AcmeBackup> BackUpAsync(string path, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        return TryAsync(path, async () =>
        {
            if (File.Exists(path) || Directory.Exists(path)) throw new StoreUnavailableException($"'{path}' is there already, and is not replaced.");

            var written = new BackupCount();
            var target = BackupTarget.Create(path, time);
            await using (target.ConfigureAwait(false))
            {
                await target.PutAsync(new BackupEntry(BackupPaths.Format, System.Text.Encoding.UTF8.GetBytes(Storage.Files.StateDirectory.FormatText), IsSecret: false), cancellationToken).ConfigureAwait(false);
                await foreach (var item in StateItems.ReadAsync(_store, directory, cancellationToken).ConfigureAwait(false))
                {
                    written.Add(item);
                    foreach (var entry in EntriesOf(item)) await target.PutAsync(entry, cancellationToken).ConfigureAwait(false);
                }

                // What a disk or a file server made of it is seen now, and not when it is needed.
                var read = await CountAsync(await target.CloseAsync(cancellationToken).ConfigureAwait(false), null, cancellationToken).ConfigureAwait(false);
                if (!read.IsSameAs(written)) throw new StoreUnavailableException($"What was written to '{path}' is not what was read there again; there is no backup.");
                target.Publish();
            }

            return written.Tell(path);
        });
    }

    public Task<AcmeBackup> CheckAsync(string path, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        return TryAsync(path, async () => (await CountAsync(path, null, cancellationToken).ConfigureAwait(false)).Tell(path));
    }

    public Task<AcmeRestoreResult> RestoreAsync(AcmeRestoreRequest request, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        if (lease.WasAsked) throw new InvalidOperationException("The host was started: the state is the worker's.");

        return TryAsync(request.Path, async () =>
        {
            var wanted = request.Email is { } email ? await AccountsOfAsync(request.Path, email, cancellationToken).ConfigureAwait(false) : null;
            var backup = (await CountAsync(request.Path, wanted, cancellationToken).ConfigureAwait(false)).Tell(request.Path);
            if (!await lease.TryTakeAsync(cancellationToken, replacesClosed: request.Overwrite).ConfigureAwait(false)) throw new StoreUnavailableException($"Nothing was restored: {lease.Problem}. Where a server runs, stop it first, and start it again afterwards.");

            try
            {
                var links = new StateLinks(_store, settings);
                var work = new RestoreWork(request, new StateSession(_store, lease.Session!.Fence), directory, links);
                await lease.KeepWhileAsync(token => RestoreAsync(work, links, request.Path, wanted, token), cancellationToken).ConfigureAwait(false);
                return work.Tell(backup);
            }
            finally
            {
                await lease.ReleaseAsync().ConfigureAwait(false);
            }
        });
    }

    private static async Task RestoreAsync(RestoreWork work, StateLinks links, string path, WantedAccounts? wanted, CancellationToken cancellationToken)
    {
        await foreach (var item in BackupReader.ReadAsync(path, cancellationToken).ConfigureAwait(false))
        {
            if (wanted?.Includes(item) is not false) await work.PutAsync(item, cancellationToken).ConfigureAwait(false);
        }

        await links.LinkAsync(cancellationToken).ConfigureAwait(false);
    }

    private static async Task<BackupCount> CountAsync(string path, WantedAccounts? wanted, CancellationToken cancellationToken)
    {
        var count = new BackupCount();
        await foreach (var item in BackupReader.ReadAsync(path, cancellationToken).ConfigureAwait(false))
        {
            if (wanted?.Includes(item) is not false) count.Add(item);
        }

        return count;
    }

    private static async Task<WantedAccounts> AccountsOfAsync(string path, string email, CancellationToken cancellationToken)
    {
        var wanted = new WantedAccounts(email);
        await foreach (var item in BackupReader.ReadAsync(path, cancellationToken).ConfigureAwait(false)) wanted.Know(item);
        return wanted.IsEmpty ? throw new StoreUnavailableException($"'{path}' has no account of {email}; nothing was restored.") : wanted;
    }

    private static IEnumerable<BackupEntry> EntriesOf(BackupItem item) => item switch
    {
        BackupItem.Record record => BackupPaths.EntriesOf(record.Stored),
        BackupItem.Wish wish => [new BackupEntry($"{wish.Folder}/{wish.Name}", wish.Bytes, IsSecret: false)],
        _ => [],
    };

    private static async Task<T> TryAsync<T>(string path, Func<Task<T>> work)
    {
        try
        {
            return await work().ConfigureAwait(false);
        }
        catch (Exception failed) when (failed is IOException or UnauthorizedAccessException)
        {
            throw new StoreUnavailableException($"'{path}': {failed.Message}", failed);
        }
        catch (StoreConflictException other)
        {
            throw new StoreUnavailableException($"Somebody else writes the state: {other.Message} What was restored by then stays; call it once more.", other);
        }
    }
}
