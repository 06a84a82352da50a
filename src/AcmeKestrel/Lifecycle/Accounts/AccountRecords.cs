using AcmeKestrel.Certificates;
using AcmeKestrel.Diagnostics;
using AcmeKestrel.Lifecycle.Planning;
using AcmeKestrel.Lifecycle.State;
using AcmeKestrel.Storage;
using Microsoft.Extensions.Logging;

namespace AcmeKestrel.Lifecycle.Accounts;

/// <summary>The account records of this state.</summary>
/// <param name="view">Shows them by mail and provider, where the store can.</param>
internal sealed class AccountRecords(IAcmeStore store, ILogger<AccountRecords> logger, IAccountView? view = null)
{
    /// <summary>All that can be read; any other is named in the log.</summary>
    public async Task<IReadOnlyList<AccountRecord>> ListAsync(CancellationToken cancellationToken)
    {
        var records = new List<AccountRecord>();
        await foreach (var stored in store.ListAsync(new StoreQuery(RecordKind.Account), cancellationToken).ConfigureAwait(false))
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
            catch (StoreUnavailableException unread) when (stored.IsUnread)
            {
                logger.RecordUnread(unread.Message);
            }
        }

        return [.. records.Where(record => Successor(record, records) is null)];
    }

    /// <summary>The record for the directory and the mail address, or null. What a kill left of a change of its key is tidied up; for whoever works on the account alone.</summary>
    public async Task<AccountRecord?> FindAsync(StateSession session, Provider provider, string? email, CancellationToken cancellationToken)
    {
        var found = await FindAllAsync(session, provider, email, cancellationToken).ConfigureAwait(false);
        foreach (var record in found)
        {
            if (Successor(record, found) is { } successor) await RetireAsync(session, record, successor, provider, cancellationToken).ConfigureAwait(false);
        }

        return found.Find(record => Successor(record, found) is null);
    }

    /// <summary>The same record, with nothing tidied up.</summary>
    public static async Task<AccountRecord?> LookAsync(StateSession session, Provider provider, string? email, CancellationToken cancellationToken)
    {
        var found = await FindAllAsync(session, provider, email, cancellationToken).ConfigureAwait(false);
        return found.Find(record => Successor(record, found) is null);
    }

    /// <summary>The record of the account with this URL at the CA. Null where there is none that can be used: its key is lost, or damaged.</summary>
    public static async Task<AccountRecord?> FindByUrlAsync(StateSession session, Provider provider, string url, CancellationToken cancellationToken)
    {
        await foreach (var stored in session.ListAsync(new StoreQuery(RecordKind.Account) { Prefix = provider.Ca.RecordName + "/" }, cancellationToken).ConfigureAwait(false))
        {
            try
            {
                if (AccountRecord.Read(stored) is { } record && record.Facts.Url == url) return record;
            }
            catch (DamagedRecordException)
            {
                // Whose it is nobody knows.
            }
        }

        return null;
    }

    private static async Task<List<AccountRecord>> FindAllAsync(StateSession session, Provider provider, string? email, CancellationToken cancellationToken)
    {
        var account = AccountName.Of(provider, email);
        var found = new List<AccountRecord>();
        await foreach (var stored in session.ListAsync(new StoreQuery(RecordKind.Account) { Prefix = provider.Ca.RecordName + "/" }, cancellationToken).ConfigureAwait(false))
        {
            // A damaged record may be the one that is looked for: registering past it would make a second key.
            var record = AccountRecord.Read(stored);
            if (record.DirectoryUrl != provider.DirectoryUrl)
            {
                throw new HeldException(
                    ObstacleKind.AccountUnusable, $"{record.Key} says provider '{record.DirectoryUrl}', but Acme:Providers:{provider.Name}:Directory is '{provider.DirectoryUrl}'");
            }

            if (record.Account == account) found.Add(record);
        }

        return found;
    }

    public static async Task SaveAsync(StateSession session, AccountRecord record, CancellationToken cancellationToken) =>
        await session.WriteAsync(record.Key, record.Write(), cancellationToken).ConfigureAwait(false);

    public async Task LinkAsync(AccountRecord record, Provider provider, CancellationToken cancellationToken)
    {
        if (view is not null && record.Facts.Email is { } mail) await view.LinkAsync(mail, provider.Name, record.Key.Name, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>The next key became the key: written under its own name first, so that at no moment only the old key is there.</summary>
    public async Task<AccountRecord> ChangeAsync(StateSession session, AccountRecord record, Provider provider, CancellationToken cancellationToken)
    {
        var changed = record.Changed();
        await SaveAsync(session, changed, cancellationToken).ConfigureAwait(false);
        await RetireAsync(session, record, changed, provider, cancellationToken).ConfigureAwait(false);
        return changed;
    }

    /// <summary>The link first: it never points to nothing.</summary>
    private async Task RetireAsync(StateSession session, AccountRecord old, AccountRecord successor, Provider provider, CancellationToken cancellationToken)
    {
        await LinkAsync(successor, provider, cancellationToken).ConfigureAwait(false);
        await session.DeleteAsync(old.Key, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>The same account's record under its next key: it is written only after the CA had taken that key.</summary>
    private static AccountRecord? Successor(AccountRecord record, List<AccountRecord> records)
    {
        if (record.NextPrivateKeyPem is null) return null;

        var next = record.Changed().Key;
        return records.Find(other => other.Key == next && other.Facts.Url == record.Facts.Url);
    }
}
