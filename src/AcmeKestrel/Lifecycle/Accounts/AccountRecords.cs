using System.Collections.Concurrent;
using AcmeKestrel.Certificates;
using AcmeKestrel.Diagnostics;
using AcmeKestrel.Lifecycle.State;
using AcmeKestrel.Protocol;
using AcmeKestrel.Storage;
using Microsoft.Extensions.Logging;

namespace AcmeKestrel.Lifecycle.Accounts;

/// <summary>The account records of this state.</summary>
/// <param name="known">Where they are.</param>
/// <param name="view">Shows them by mail and provider, where the store can.</param>
internal sealed class AccountRecords(IAcmeStore store, KnownAccounts known, TimeProvider time, ILogger<AccountRecords> logger, IAccountView? view = null)
{
    private readonly ConcurrentDictionary<AccountName, Past> _past = new();

    /// <summary>A key that lies alone is anybody's, and so is one that is given: one account at a time takes one.</summary>
    private readonly ConcurrentDictionary<CaKey, SemaphoreSlim> _taking = new();

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

        return [.. records.Where(record => AccountReading.SuccessorOf(record, records) is null)];
    }

    /// <summary>The record for the directory and the mail address, or null. What a kill left of a change of its key is tidied up, and a key that lies there alone gets a record; for whoever works on the account alone.</summary>
    /// <param name="takesAlone">False: another key is meant, or none.</param>
    public async Task<AccountRecord?> FindAsync(StateSession session, Provider provider, string? email, CancellationToken cancellationToken, bool takesAlone = true)
    {
        var read = await TidyAsync(session, provider, email, cancellationToken).ConfigureAwait(false);
        return takesAlone && read.Present is null && read.Alone is not null ? await TakeAloneAsync(session, provider, email, cancellationToken).ConfigureAwait(false) : read.Present;
    }

    /// <summary>Accounts that nobody here can use any more and that the operator may have named elsewhere: those whose key is lost, as they were when this one was looked for last, and those that only certificates tell of.</summary>
    /// <param name="account">The one that takes their place.</param>
    /// <param name="traces">What certificates of the CA tell.</param>
    public IReadOnlyList<string> LostBefore(StateSession session, AccountName account, IEnumerable<string> traces) =>
        [.. (_past.GetValueOrDefault(account)?.Lost ?? []).Concat(traces.Where(url => url.Length > 0 && !known.Has(session, account.Ca, url))).Distinct(StringComparer.Ordinal)];

    /// <summary>The same record, with nothing tidied up.</summary>
    public async Task<AccountRecord?> LookAsync(StateSession session, Provider provider, string? email, CancellationToken cancellationToken) =>
        (await ReadAsync(session, provider, email, cancellationToken).ConfigureAwait(false)).Present;

    /// <inheritdoc cref="AccountReading.MayBeOpened"/>
    public async Task<bool> MayBeOpenedAsync(StateSession session, Provider provider, string? email, CancellationToken cancellationToken) =>
        (await ReadAsync(session, provider, email, cancellationToken).ConfigureAwait(false)).MayBeOpened;

    /// <summary>Somebody asked for something: what a hand put there before that is found.</summary>
    public void LookAgain() => known.LookAgain();

    /// <summary>The record of the account with this URL at the CA. Null where there is none that can be used: its key is lost, or damaged.</summary>
    public Task<AccountRecord?> FindByUrlAsync(StateSession session, Provider provider, string url, CancellationToken cancellationToken)
    {
        return known.SearchAsync(session, provider, FindAsync, found => found is not null, cancellationToken);

        async Task<AccountRecord?> FindAsync()
        {
            StoreUnavailableException? hidden = null;
            await foreach (var stored in known.ReadAsync(session, provider, [AccountTopic.Url(url), AccountTopic.Unusable], cancellationToken).ConfigureAwait(false))
            {
                try
                {
                    if (AccountRecord.Read(stored) is { } record && record.Facts.Url == url) return record;
                }
                catch (DamagedRecordException)
                {
                    // Whose it is nobody knows.
                }
                catch (StoreUnavailableException unread)
                {
                    // It may be the one, and that will be known.
                    hidden ??= unread;
                }
            }

            return hidden is null ? null : throw hidden;
        }
    }

    /// <summary>The account that was this address's until its contact was changed, as it was when this address was looked for last; null: there was none.</summary>
    public AccountRecord? MovedFrom(AccountName account) => _past.GetValueOrDefault(account)?.Moved;

    /// <summary>The record that there is for the key of this one, whoever's account it is; with its key where it has lost just that. Null: there is none that tells an account.</summary>
    /// <exception cref="DamagedRecordException">It cannot be used.</exception>
    public static async Task<AccountRecord?> FindSameAsync(StateSession session, AccountRecord record, CancellationToken cancellationToken)
    {
        if (await session.ReadAsync(record.Key, cancellationToken).ConfigureAwait(false) is not { } stored || AccountRemains.IsKeyAlone(stored)) return null;
        if (!AccountRemains.IsKeyLost(stored)) return AccountRecord.Read(stored);
        return AccountRemains.TryReadFacts(stored) is { } facts ? record with { Facts = facts } : null;
    }

    /// <summary>Writes it, unless its key is another account's by now: somebody else may have been given the same, or have found it alone.</summary>
    /// <returns>The record that the key has.</returns>
    public async Task<AccountRecord> PlaceAsync(StateSession session, AccountRecord record, CancellationToken cancellationToken)
    {
        using (await EnterKeysAsync(record.Account.Ca, cancellationToken).ConfigureAwait(false))
        {
            if (await FindSameAsync(session, record, cancellationToken).ConfigureAwait(false) is { } other && other.Account != record.Account) return other;

            await SaveAsync(session, record, cancellationToken).ConfigureAwait(false);
            return record;
        }
    }

    public Task SaveAsync(StateSession session, AccountRecord record, CancellationToken cancellationToken) => known.WriteAsync(session, record, cancellationToken);

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

    private Task<AccountReading> ReadAsync(StateSession session, Provider provider, string? email, CancellationToken cancellationToken)
    {
        return known.SearchAsync(session, provider, ReadAsync, read => read.Present is not null || read.Alone is not null, cancellationToken);

        async Task<AccountReading> ReadAsync()
        {
            var reading = new AccountReading(provider, email);
            await foreach (var stored in known.ReadAsync(session, provider, [AccountTopic.Mail(email), AccountTopic.Unusable], cancellationToken).ConfigureAwait(false)) reading.Add(stored);
            if (reading.Present is not null) return reading;

            // One is enough, and each account takes the next one.
            await foreach (var stored in known.ReadAsync(session, provider, [AccountTopic.KeyAlone], cancellationToken).ConfigureAwait(false))
            {
                reading.Add(stored);
                if (reading.Alone is not null) break;
            }

            return reading;
        }
    }

    /// <summary>What the records mean together, without what a kill left of a change of the key.</summary>
    private async Task<AccountReading> TidyAsync(StateSession session, Provider provider, string? email, CancellationToken cancellationToken)
    {
        var read = await ReadAsync(session, provider, email, cancellationToken).ConfigureAwait(false);
        _past[AccountName.Of(provider, email)] = new Past(read.Lost, read.Moved);

        foreach (var (old, successor) in read.Succeeded) await RetireAsync(session, old, successor, provider, cancellationToken).ConfigureAwait(false);
        return read;
    }

    private async Task<AccountRecord?> TakeAloneAsync(StateSession session, Provider provider, string? email, CancellationToken cancellationToken)
    {
        using (await EnterKeysAsync(provider.Ca, cancellationToken).ConfigureAwait(false))
        {
            while (true)
            {
                // Another account may have taken it before.
                var read = await TidyAsync(session, provider, email, cancellationToken).ConfigureAwait(false);
                if (read.Present is not null || read.Alone is not { } alone) return read.Present;
                if (await RebuildAsync(session, provider, email, alone, cancellationToken).ConfigureAwait(false) is { } rebuilt) return rebuilt;
            }
        }
    }

    /// <summary>A key that somebody put there alone, or that is all that is left, gets a record under its own name; whose account it opens, the CA says. Null: it has one, since a kill came between the two, and goes.</summary>
    private async Task<AccountRecord?> RebuildAsync(StateSession session, Provider provider, string? email, StoreRecord alone, CancellationToken cancellationToken)
    {
        var record = AccountRemains.Rebuild(alone, provider.DirectoryUrl, email, time.GetUtcNow());
        var hasOwn = record.Key != alone.Key && await HasOwnAsync(session, record, cancellationToken).ConfigureAwait(false);
        if (!hasOwn) await SaveAsync(session, record, cancellationToken).ConfigureAwait(false);
        if (record.Key != alone.Key) await known.DeleteAsync(session, provider.Ca, alone.Key, [AccountTopic.KeyAlone], cancellationToken).ConfigureAwait(false);
        return hasOwn ? null : record;
    }

    /// <summary>The key is kept under its own name, with an account.</summary>
    /// <exception cref="DamagedRecordException">It cannot be used: the one that lies alone may be the only one that can.</exception>
    private static async Task<bool> HasOwnAsync(StateSession session, AccountRecord record, CancellationToken cancellationToken)
    {
        if (await session.ReadAsync(record.Key, cancellationToken).ConfigureAwait(false) is not { } own || AccountRemains.IsKeyAlone(own) || AccountRemains.IsKeyLost(own)) return false;

        using var key = AccountRecord.Read(own).OpenKey();
        return key.Thumbprint == record.Thumbprint ? true : throw new DamagedRecordException($"{record.Key}: {AccountRecord.KeyPart} is another key than its name says");
    }

    private async Task<IDisposable> EnterKeysAsync(CaKey ca, CancellationToken cancellationToken)
    {
        var taking = _taking.GetOrAdd(ca, _ => new SemaphoreSlim(1, 1));
        await taking.WaitAsync(cancellationToken).ConfigureAwait(false);
        return new Turn(taking);
    }

    /// <summary>The link first: it never points to nothing.</summary>
    private async Task RetireAsync(StateSession session, AccountRecord old, AccountRecord successor, Provider provider, CancellationToken cancellationToken)
    {
        await LinkAsync(successor, provider, cancellationToken).ConfigureAwait(false);
        await known.DeleteAsync(session, provider.Ca, old.Key, [.. AccountTopic.Of(old)], cancellationToken).ConfigureAwait(false);
    }

    private sealed class Turn(SemaphoreSlim taking) : IDisposable
    {
        public void Dispose() => taking.Release();
    }

    /// <summary>What an address had before.</summary>
    private sealed record Past(IReadOnlyList<string> Lost, AccountRecord? Moved);
}
