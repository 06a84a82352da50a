using AcmeKestrel.Certificates;
using AcmeKestrel.Diagnostics;
using AcmeKestrel.Lifecycle.State;
using AcmeKestrel.Storage;
using Microsoft.Extensions.Logging;

namespace AcmeKestrel.Lifecycle.Accounts;

/// <summary>The account records of this state.</summary>
/// <param name="view">Shows them by mail and provider, where the store can.</param>
internal sealed class AccountRecords(FencedStore store, ILogger<AccountRecords> logger, IAccountView? view = null)
{
    /// <summary>All that can be read; a damaged one is named in the log.</summary>
    public async Task<IReadOnlyList<AccountRecord>> ListAsync(CancellationToken cancellationToken)
    {
        var records = new List<AccountRecord>();
        await foreach (var stored in store.ListAsync(RecordKind.Account, cancellationToken).ConfigureAwait(false))
        {
            try
            {
                var record = AccountRecord.Read(stored);
                if (record.NextPrivateKeyPem is not null) record.OpenNextKey().Dispose();
                records.Add(record);
            }
            catch (DamagedRecordException damaged)
            {
                logger.RecordDamaged(damaged.Message);
            }
        }

        return [.. records.Where(record => Successor(record, records) is null)];
    }

    /// <summary>The record for the directory and the mail address, or null. What a kill left of a change of its key is tidied up.</summary>
    public async Task<AccountRecord?> FindAsync(Provider provider, string? email, CancellationToken cancellationToken)
    {
        var prefix = DirectoryName.Of(provider.DirectoryUrl) + "/";
        var found = new List<AccountRecord>();
        await foreach (var stored in store.ListAsync(RecordKind.Account, cancellationToken).ConfigureAwait(false))
        {
            if (!stored.Key.Name.StartsWith(prefix, StringComparison.Ordinal)) continue;

            // A damaged record may be the one that is looked for: registering past it would make a second key.
            var record = AccountRecord.Read(stored);
            if (record.DirectoryUrl != provider.DirectoryUrl)
            {
                throw new StateHeldException($"{record.Key} says provider '{record.DirectoryUrl}', but Acme:Providers:{provider.Name}:Directory is '{provider.DirectoryUrl}'");
            }

            if (string.Equals(record.Facts.Email, email, StringComparison.OrdinalIgnoreCase)) found.Add(record);
        }

        foreach (var record in found)
        {
            if (Successor(record, found) is { } successor) await RetireAsync(record, successor, provider, cancellationToken).ConfigureAwait(false);
        }

        return found.Find(record => Successor(record, found) is null);
    }

    public async Task SaveAsync(AccountRecord record, CancellationToken cancellationToken) =>
        await store.WriteAsync(record.Key, record.Write(), cancellationToken).ConfigureAwait(false);

    public async Task LinkAsync(AccountRecord record, Provider provider, CancellationToken cancellationToken)
    {
        if (view is not null && record.Facts.Email is { } mail) await view.LinkAsync(mail, provider.Name, record.Key.Name, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>The next key became the key: written under its own name first, so that at no moment only the old key is there.</summary>
    public async Task<AccountRecord> ChangeAsync(AccountRecord record, Provider provider, CancellationToken cancellationToken)
    {
        var changed = record.Changed();
        await SaveAsync(changed, cancellationToken).ConfigureAwait(false);
        await RetireAsync(record, changed, provider, cancellationToken).ConfigureAwait(false);
        return changed;
    }

    /// <summary>The link first: it never points to nothing.</summary>
    private async Task RetireAsync(AccountRecord old, AccountRecord successor, Provider provider, CancellationToken cancellationToken)
    {
        await LinkAsync(successor, provider, cancellationToken).ConfigureAwait(false);
        await store.DeleteAsync(old.Key, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>The same account's record under its next key: it is written only after the CA had taken that key.</summary>
    private static AccountRecord? Successor(AccountRecord record, List<AccountRecord> records)
    {
        if (record.NextPrivateKeyPem is null) return null;

        var next = record.Changed().Key;
        return records.Find(other => other.Key == next && other.Facts.Url == record.Facts.Url);
    }
}
