using System.Collections.Concurrent;
using AcmeKestrel.Certificates;
using AcmeKestrel.Diagnostics;
using AcmeKestrel.Lifecycle.Planning;
using AcmeKestrel.Lifecycle.State;
using AcmeKestrel.Protocol;
using AcmeKestrel.Storage;
using Microsoft.Extensions.Logging;

namespace AcmeKestrel.Lifecycle.Accounts;

/// <summary>The account records of this state.</summary>
/// <param name="view">Shows them by mail and provider, where the store can.</param>
internal sealed class AccountRecords(IAcmeStore store, TimeProvider time, ILogger<AccountRecords> logger, IAccountView? view = null)
{
    private readonly ConcurrentDictionary<string, bool> _known = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<AccountName, Past> _past = new();

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

    /// <summary>The record for the directory and the mail address, or null. What a kill left of a change of its key is tidied up, and a key that lies there alone gets a record; for whoever works on the account alone.</summary>
    public async Task<AccountRecord?> FindAsync(StateSession session, Provider provider, string? email, CancellationToken cancellationToken)
    {
        var read = await ReadAsync(session, provider, email, cancellationToken).ConfigureAwait(false);
        foreach (var url in read.Urls) Know(url);
        _past[AccountName.Of(provider, email)] = new Past(read.Lost, read.Moved);

        var found = read.Found;
        foreach (var record in found)
        {
            if (Successor(record, found) is { } successor) await RetireAsync(session, record, successor, provider, cancellationToken).ConfigureAwait(false);
        }

        if (found.Find(record => Successor(record, found) is null) is { } present) return present;
        return read.Alone is { } alone ? await RebuildAsync(session, provider, email, alone, cancellationToken).ConfigureAwait(false) : null;
    }

    /// <summary>The account is one of this state's, and nobody's lost one.</summary>
    public void Know(string url) => _known[url] = true;

    /// <summary>Accounts that nobody here can use any more and that the operator may have named elsewhere: those whose key is lost, as they were when this one was looked for last, and those that only certificates tell of.</summary>
    /// <param name="account">The one that takes their place.</param>
    /// <param name="traces">What certificates of the CA tell.</param>
    public IReadOnlyList<string> LostBefore(AccountName account, IEnumerable<string> traces) =>
        [.. (_past.GetValueOrDefault(account)?.Lost ?? []).Concat(traces.Where(url => url.Length > 0 && !_known.ContainsKey(url))).Distinct(StringComparer.Ordinal)];

    /// <summary>The same record, with nothing tidied up.</summary>
    public static async Task<AccountRecord?> LookAsync(StateSession session, Provider provider, string? email, CancellationToken cancellationToken)
    {
        var found = (await ReadAsync(session, provider, email, cancellationToken).ConfigureAwait(false)).Found;
        return found.Find(record => Successor(record, found) is null);
    }

    /// <summary>A key is here that opens an account at the CA, or may: it lies there alone, or the CA was not asked for it to the end.</summary>
    public static async Task<bool> MayBeOpenedAsync(StateSession session, Provider provider, string? email, CancellationToken cancellationToken)
    {
        var read = await ReadAsync(session, provider, email, cancellationToken).ConfigureAwait(false);
        return read.Alone is not null || read.Found.Any(record => record.Facts is { Url: not null } or { PreviousUrls: [] });
    }

    /// <summary>The record of the account with this URL at the CA. Null where there is none that can be used: its key is lost, or damaged.</summary>
    public static async Task<AccountRecord?> FindByUrlAsync(StateSession session, Provider provider, string url, CancellationToken cancellationToken)
    {
        await foreach (var stored in ListAsync(session, provider, cancellationToken).ConfigureAwait(false))
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

    /// <summary>The account that was this address's until its contact was changed, as it was when this address was looked for last; null: there was none.</summary>
    public AccountRecord? MovedFrom(AccountName account) => _past.GetValueOrDefault(account)?.Moved;

    /// <summary>The key's record, whoever's account it is; null: there is none.</summary>
    /// <exception cref="DamagedRecordException">It cannot be used.</exception>
    public static async Task<AccountRecord?> FindByKeyAsync(StateSession session, Provider provider, AcmeAccountKey key, CancellationToken cancellationToken) =>
        await session.ReadAsync(AccountRecord.KeyOf(provider.DirectoryUrl, key), cancellationToken).ConfigureAwait(false) is { } stored && !AccountRemains.IsKeyAlone(stored) ? AccountRecord.Read(stored) : null;

    private static async Task<Reading> ReadAsync(StateSession session, Provider provider, string? email, CancellationToken cancellationToken)
    {
        var (account, read) = (AccountName.Of(provider, email), new Reading());
        await foreach (var stored in ListAsync(session, provider, cancellationToken).ConfigureAwait(false))
        {
            if (AccountRemains.IsKeyAlone(stored))
            {
                read.Alone ??= stored;
                continue;
            }

            if (AccountRemains.IsKeyLost(stored))
            {
                if (AccountRemains.TryReadFacts(stored) is { Url: { } url } facts && new AccountName(provider.Ca, facts.Email) == account) read.Lost.Add(url);
                continue;
            }

            // A damaged record may be the one that is looked for: registering past it would make a second key.
            var record = AccountRecord.Read(stored);
            if (record.DirectoryUrl != provider.DirectoryUrl)
            {
                throw new HeldException(
                    ObstacleKind.AccountUnusable, $"{record.Key} says provider '{record.DirectoryUrl}', but the directory of the provider {provider.Name} is '{provider.DirectoryUrl}'");
            }

            read.Urls.AddRange(record.Facts.PreviousUrls);
            if (record.Facts.Url is { } known) read.Urls.Add(known);
            if (record.Account == account) read.Found.Add(record);
            if (record.Facts.FormerEmails?.Contains(email ?? "", StringComparer.OrdinalIgnoreCase) is true) read.Moved ??= record;
        }

        return read;
    }

    public static async Task SaveAsync(StateSession session, AccountRecord record, CancellationToken cancellationToken) =>
        await session.WriteAsync(record.Key, record.Write(), cancellationToken).ConfigureAwait(false);

    public async Task LinkAsync(AccountRecord record, Provider provider, CancellationToken cancellationToken)
    {
        if (view is not null && record.Facts.Email is { } mail) await view.LinkAsync(mail, provider.Name, record.Key.Name, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Shows no account under this address any more.</summary>
    public async Task UnlinkAsync(string? email, Provider provider, CancellationToken cancellationToken)
    {
        if (view is not null && email is not null) await view.UnlinkAsync(email, provider.Name, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>The next key became the key: written under its own name first, so that at no moment only the old key is there.</summary>
    public async Task<AccountRecord> ChangeAsync(StateSession session, AccountRecord record, Provider provider, CancellationToken cancellationToken)
    {
        var changed = record.Changed();
        await SaveAsync(session, changed, cancellationToken).ConfigureAwait(false);
        await RetireAsync(session, record, changed, provider, cancellationToken).ConfigureAwait(false);
        return changed;
    }

    private static IAsyncEnumerable<StoreRecord> ListAsync(StateSession session, Provider provider, CancellationToken cancellationToken) =>
        session.ListAsync(new StoreQuery(RecordKind.Account) { Prefix = provider.Ca.RecordName + "/" }, cancellationToken);

    /// <summary>A key that somebody put there alone, or that is all that is left, gets a record under its own name; whose account it opens, the CA says.</summary>
    private async Task<AccountRecord> RebuildAsync(StateSession session, Provider provider, string? email, StoreRecord alone, CancellationToken cancellationToken)
    {
        var record = AccountRemains.Rebuild(alone, provider.DirectoryUrl, email, time.GetUtcNow());
        await SaveAsync(session, record, cancellationToken).ConfigureAwait(false);
        if (record.Key != alone.Key) await session.DeleteAsync(alone.Key, cancellationToken).ConfigureAwait(false);
        return record;
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

    /// <summary>The records of one CA.</summary>
    private sealed class Reading
    {
        /// <summary>Those of the account that is looked for.</summary>
        public List<AccountRecord> Found { get; } = [];

        /// <summary>A key without a record.</summary>
        public StoreRecord? Alone { get; set; }

        /// <summary>The account's URLs whose key is lost.</summary>
        public List<string> Lost { get; } = [];

        /// <summary>All accounts.</summary>
        public List<string> Urls { get; } = [];

        /// <summary>The account that is another address's by now.</summary>
        public AccountRecord? Moved { get; set; }
    }

    /// <summary>What an address had before.</summary>
    private sealed record Past(IReadOnlyList<string> Lost, AccountRecord? Moved);
}
