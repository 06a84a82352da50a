using System.Collections.Concurrent;
using AcmeKestrel.Certificates;
using AcmeKestrel.Diagnostics;
using AcmeKestrel.Lifecycle.Limits;
using AcmeKestrel.Lifecycle.Planning;
using AcmeKestrel.Lifecycle.Providers;
using AcmeKestrel.Lifecycle.State;
using AcmeKestrel.Protocol;
using AcmeKestrel.Storage;
using Microsoft.Extensions.Logging;

namespace AcmeKestrel.Lifecycle.Accounts;

/// <summary>
/// The account of a directory and mail address, opened once and used by all its names. What the CA refuses to the account is asked once a day, or when a certificate that ends sooner wants it, not once a name.
/// </summary>
internal sealed class AccountKeeper(
    AccountRecords records, AccountRegistrar registrar, AccountKeyChange keyChange, ProviderClients clients, TimeProvider time, ILogger<AccountKeeper> logger) : IDisposable
{
    private static readonly TimeSpan UnsettledInterval = TimeSpan.FromMinutes(1);

    private readonly ConcurrentDictionary<AccountName, Slot> _slots = new();

    /// <param name="cap">The longest that whoever asks may wait for what was refused to the account (<see cref="Backoff.CapOf"/>); null: a day.</param>
    /// <exception cref="HeldException">A human must act first; the reason names the key, the page or the file.</exception>
    /// <exception cref="AcmeException">The CA failed.</exception>
    public async Task<AcmeAccount> GetAsync(StateSession session, Provider provider, string? email, CancellationToken cancellationToken, TimeSpan? cap = null)
    {
        var client = clients.Get(provider);
        var slot = SlotOf(provider, email);
        if (slot.Known(client, time.GetUtcNow()) is { } known) return known;

        using (await slot.EnterAsync(cancellationToken).ConfigureAwait(false))
        {
            if (slot.Known(client, time.GetUtcNow()) is { } opened) return opened;

            var record = await FindAsync(session, provider, email, cancellationToken).ConfigureAwait(false);

            if (slot.Refusal?.For(provider, record, cap, time.GetUtcNow()) is { } obstacle) throw new HeldException(obstacle);

            slot.Refusal = null;
            try
            {
                var account = await OpenAsync(session, provider, client, email, record, cap, cancellationToken).ConfigureAwait(false);

                // A change of its key that may still be carried out is looked at again and again until it is, or cannot be any more.
                slot.Until = record?.NextPrivateKeyPem is null ? DateTimeOffset.MaxValue : time.GetUtcNow() + UnsettledInterval;
                return slot.Account = account;
            }
            catch (AccountRefusedException refused)
            {
                throw Refuse(slot, provider, refused.Record, refused.Message, refused, cap);
            }
        }
    }

    /// <summary>The account that has made an order: its address may be another one by now, and an order that may have been issued is brought to its end all the same.</summary>
    /// <param name="email">As it was then.</param>
    /// <param name="url">The account's; null: nobody knows.</param>
    /// <inheritdoc cref="GetAsync"/>
    public async Task<AcmeAccount> GetOwnerAsync(StateSession session, Provider provider, string? email, string? url, CancellationToken cancellationToken, TimeSpan? cap = null)
    {
        if (url is not null && SlotOf(provider, email).Known(clients.Get(provider), time.GetUtcNow())?.Url != url)
        {
            if (await records.FindByUrlAsync(session, provider, url, cancellationToken).ConfigureAwait(false) is { } owner) email = owner.Facts.Email;
        }

        return await GetAsync(session, provider, email, cancellationToken, cap).ConfigureAwait(false);
    }

    /// <summary>Why the account cannot be used, as far as that is known without asking the CA; null where it may be.</summary>
    /// <param name="cap">As above.</param>
    public async ValueTask<Obstacle?> ObstacleAsync(StateSession session, Provider provider, string? email, TimeSpan? cap, CancellationToken cancellationToken)
    {
        if (!_slots.TryGetValue(AccountName.Of(provider, email), out var slot) || slot.Refusal is not { } refusal) return null;

        return refusal.For(provider, await records.LookAsync(session, provider, email, cancellationToken).ConfigureAwait(false), cap, time.GetUtcNow());
    }

    /// <inheritdoc cref="AccountReading.MayBeOpened"/>
    public Task<bool> MayBeOpenedAsync(StateSession session, Provider provider, string? email, CancellationToken cancellationToken) => records.MayBeOpenedAsync(session, provider, email, cancellationToken);

    /// <summary>The CA does not know the account any more: the next <see cref="GetAsync"/> registers its key anew. The old URL stays on record.</summary>
    public async Task ForgetAsync(StateSession session, Provider provider, string? email, string accountUrl, CancellationToken cancellationToken)
    {
        var slot = SlotOf(provider, email);
        using (await slot.EnterAsync(cancellationToken).ConfigureAwait(false))
        {
            // Another name may have noticed first, and have registered anew.
            if (slot.Account is not { } lost || lost.Url != accountUrl) return;

            if (await records.FindAsync(session, provider, email, cancellationToken).ConfigureAwait(false) is { Facts.Url: { } url } record && url == accountUrl)
            {
                logger.AccountLost(accountUrl);
                await records.SaveAsync(session, record with { Facts = record.Facts with { Url = null, PreviousUrls = [.. record.Facts.PreviousUrls, url] } }, cancellationToken).ConfigureAwait(false);
            }

            slot.Account = null;
        }
    }

    /// <summary>After a refusal that a closed account gets, and others, too (RFC 8555 section 7.3.6): the CA is asked for the account itself.</summary>
    /// <param name="cap">As above.</param>
    /// <exception cref="HeldException">It is closed.</exception>
    public async Task CheckOpenAsync(StateSession session, Provider provider, string? email, TimeSpan? cap, CancellationToken cancellationToken)
    {
        var client = clients.Get(provider);
        var slot = SlotOf(provider, email);
        using (await slot.EnterAsync(cancellationToken).ConfigureAwait(false))
        {
            // Read from its record the next time: an operator may have moved it away.
            slot.Account = null;
            if (await records.FindAsync(session, provider, email, cancellationToken).ConfigureAwait(false) is not { } record) return;

            try
            {
                await AccountRegistrar.RecoverAsync(record, client, cancellationToken).ConfigureAwait(false);
            }
            catch (AccountRefusedException closed)
            {
                throw Refuse(slot, provider, closed.Record, closed.Message, closed, cap);
            }
        }
    }

    /// <summary>The CA refused a request because of what the account has not agreed to: none of its names asks again before a human can have acted.</summary>
    /// <param name="cap">As above.</param>
    /// <returns>To be thrown.</returns>
    public async Task<HeldException> RefuseAsync(StateSession session, Provider provider, string? email, AcmeException refused, TimeSpan? cap, CancellationToken cancellationToken)
    {
        var client = clients.Get(provider);
        var directory = await client.GetDirectoryAsync(cancellationToken).ConfigureAwait(false);
        var slot = SlotOf(provider, email);
        using (await slot.EnterAsync(cancellationToken).ConfigureAwait(false))
        {
            var record = await records.FindAsync(session, provider, email, cancellationToken).ConfigureAwait(false);
            return Refuse(slot, provider, record?.Key, AccountRefusals.Terms(provider, refused, directory.TermsOfService), refused, cap);
        }
    }

    /// <summary>Another process may have changed a key: accounts are read again.</summary>
    public void Forget()
    {
        foreach (var slot in _slots.Values) slot.Account = null;
    }

    /// <summary>Somebody asked for it: refused accounts are tried again now.</summary>
    public void LookAgain()
    {
        foreach (var slot in _slots.Values) slot.Refusal = null;
        records.LookAgain();
    }

    /// <summary>Changes the account's key. The caller sees to it that nobody uses the account meanwhile.</summary>
    /// <exception cref="AcmeAccountException">It could not be changed, or it is not known whether it was.</exception>
    public async Task<AccountRecord> ChangeKeyAsync(StateSession session, Provider provider, string? email, CancellationToken cancellationToken)
    {
        using var use = clients.Use();
        var client = clients.Get(provider);
        var slot = SlotOf(provider, email);
        using (await slot.EnterAsync(cancellationToken).ConfigureAwait(false))
        {
            var record = await FindForChangeAsync(session, provider, client, email, cancellationToken).ConfigureAwait(false);
            if (record.Facts.ClosedAt is not null) throw new AcmeAccountException($"The account of {record.Key} is closed.");
            if (record.NextPrivateKeyPem is not null) throw new AcmeAccountException($"An earlier change of the key of {record.Facts.Url} may still be carried out; ask again in an hour.");

            slot.Account = null;
            return await keyChange.ChangeAsync(session, provider, client, record, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Closes the account for good; marked in its record first, so that a kill cannot make it a key to be registered anew.</summary>
    /// <exception cref="AcmeAccountException">The CA refused, or it is not known whether it is closed there.</exception>
    public async Task<AccountRecord> DeactivateAsync(StateSession session, Provider provider, string? email, CancellationToken cancellationToken)
    {
        using var use = clients.Use();
        var client = clients.Get(provider);
        var slot = SlotOf(provider, email);
        using (await slot.EnterAsync(cancellationToken).ConfigureAwait(false))
        {
            var record = await FindForChangeAsync(session, provider, client, email, cancellationToken).ConfigureAwait(false);
            var url = record.Facts.Url ?? throw new AcmeAccountException($"The key of {record.Key} has no account at {provider.Name} yet.");
            slot.Account = null;
            var marked = record with { Facts = record.Facts with { ClosedAt = record.Facts.ClosedAt ?? time.GetUtcNow() } };
            await records.SaveAsync(session, marked, cancellationToken).ConfigureAwait(false);

            var key = record.OpenKey();
            try
            {
                await client.OpenAccount(key, url).DeactivateAsync(cancellationToken).ConfigureAwait(false);
            }
            catch (AcmeException refused)
            {
                await EndRefusedAsync(session, provider, client, record, refused, cancellationToken).ConfigureAwait(false);
            }

            logger.AccountClosed(url);
            return marked;
        }
    }

    /// <summary>Does something with the account's record, after an earlier change of its key has an end; nobody opens the account meanwhile, and all read it anew afterwards.</summary>
    /// <param name="takesAlone">False: a key that lies alone does not become the account's, where it has none.</param>
    public async Task<T> AloneAsync<T>(StateSession session, Provider provider, string? email, Func<AcmeClient, AccountRecord?, Task<T>> work, CancellationToken cancellationToken, bool takesAlone = true)
    {
        using var use = clients.Use();
        var client = clients.Get(provider);
        var slot = SlotOf(provider, email);
        using (await slot.EnterAsync(cancellationToken).ConfigureAwait(false))
        {
            records.LookAgain();
            var record = await records.FindAsync(session, provider, email, cancellationToken, takesAlone).ConfigureAwait(false);
            if (record?.NextPrivateKeyPem is not null) record = await keyChange.SettleAsync(session, provider, client, record, looks: 1, refused: false, cancellationToken).ConfigureAwait(false);
            (slot.Account, slot.Refusal) = (null, null);
            return await work(client, record).ConfigureAwait(false);
        }
    }

    public void Dispose()
    {
        foreach (var slot in _slots.Values) slot.Dispose();
    }

    /// <summary>A record that cannot be used holds what is ordered with the account; an order at another CA may go on.</summary>
    private async Task<AccountRecord?> FindAsync(StateSession session, Provider provider, string? email, CancellationToken cancellationToken)
    {
        try
        {
            return await records.FindAsync(session, provider, email, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception unusable) when (unusable is DamagedRecordException or StoreUnavailableException)
        {
            throw new HeldException(ExceptionObstacles.Of(unusable, time.GetUtcNow()), unusable);
        }
    }

    private async Task<AcmeAccount> OpenAsync(StateSession session, Provider provider, AcmeClient client, string? email, AccountRecord? record, TimeSpan? cap, CancellationToken cancellationToken)
    {
        if (record?.Facts.ClosedAt is { } closed)
        {
            throw new HeldException(
                ObstacleKind.AccountUnusable, $"the account of {record.Key} was closed here on {closed:yyyy-MM-dd}; move the record away or set another Acme:Email to register a new one", time.GetUtcNow() + PauseFor(cap));
        }

        if (record?.NextPrivateKeyPem is not null) record = await keyChange.SettleAsync(session, provider, client, record, looks: 1, refused: false, cancellationToken).ConfigureAwait(false);
        if (record?.Facts.Url is { } url) return client.OpenAccount(record.OpenKey(), url);

        return await registrar.OpenAsync(session, provider, client, email, record, asked: null, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>The record, after an earlier change of its key has an end.</summary>
    private async Task<AccountRecord> FindForChangeAsync(StateSession session, Provider provider, AcmeClient client, string? email, CancellationToken cancellationToken)
    {
        records.LookAgain();
        var record = await records.FindAsync(session, provider, email, cancellationToken).ConfigureAwait(false)
            ?? throw new AcmeAccountException($"There is no account at {provider.Name} {(email is null ? "without a mail address" : $"for {email}")} yet.");
        return record.NextPrivateKeyPem is null ? record : await keyChange.SettleAsync(session, provider, client, record, looks: 1, refused: false, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Returns where the account is closed all the same; its mark goes only where the CA shows it open.</summary>
    /// <param name="record">Without the mark.</param>
    private async Task EndRefusedAsync(StateSession session, Provider provider, AcmeClient client, AccountRecord record, AcmeException refused, CancellationToken cancellationToken)
    {
        var url = record.Facts.Url!;
        try
        {
            if (await AccountKeyChange.LookAsync(client, record.OpenKey(), url, cancellationToken).ConfigureAwait(false) is not AccountKeyChange.Opens.This) return;
        }
        catch (AcmeException)
        {
            throw new AcmeAccountException($"Whether {provider.Name} closed {url} is not known ({refused.Message}); here it counts as closed. Ask again.", refused);
        }

        await records.SaveAsync(session, record with { Facts = record.Facts with { ClosedAt = null } }, cancellationToken).ConfigureAwait(false);
        throw new AcmeAccountException($"{provider.Name} did not close {url}: {refused.Message}", refused);
    }

    /// <summary>All wait for a day, but whoever has not got that: by him the others learn of it, too.</summary>
    private static TimeSpan PauseFor(TimeSpan? cap) => cap is { } sooner && sooner < Backoff.Longest ? sooner : Backoff.Longest;

    private HeldException Refuse(Slot slot, Provider provider, RecordKey? record, string reason, Exception refused, TimeSpan? cap)
    {
        var now = time.GetUtcNow();
        var obstacle = new Obstacle(ObstacleKind.AccountUnusable, reason, now + PauseFor(cap));
        (slot.Account, slot.Refusal) = (null, new Refusal(provider, record, obstacle, now));
        logger.AccountRefused(reason);
        return new HeldException(obstacle, refused);
    }

    private Slot SlotOf(Provider provider, string? email) => _slots.GetOrAdd(AccountName.Of(provider, email), _ => new Slot());

    private sealed class Slot : IDisposable
    {
        private readonly SemaphoreSlim _gate = new(1, 1);

        public volatile AcmeAccount? Account;

        public volatile Refusal? Refusal;

        /// <summary>When <see cref="Account"/> is opened anew; written before it.</summary>
        public DateTimeOffset Until { get; set; }

        public AcmeAccount? Known(AcmeClient client, DateTimeOffset now) => Account is { } known && known.Client == client && now < Until ? known : null;

        public async Task<IDisposable> EnterAsync(CancellationToken cancellationToken)
        {
            await _gate.WaitAsync(cancellationToken).ConfigureAwait(false);
            return new Turn(_gate);
        }

        public void Dispose() => _gate.Dispose();
    }

    private sealed class Turn(SemaphoreSlim gate) : IDisposable
    {
        public void Dispose() => gate.Release();
    }

    /// <summary>What the CA said to this account with these settings and this record: others are worth a request at once.</summary>
    private sealed record Refusal(Provider Provider, RecordKey? Record, Obstacle Obstacle, DateTimeOffset Since)
    {
        public Obstacle? For(Provider provider, AccountRecord? record, TimeSpan? cap, DateTimeOffset now)
        {
            var until = Since + PauseFor(cap);
            return provider == Provider && record?.Key == Record && Waits.Last(until, Backoff.Longest, now) ? Obstacle with { Until = until } : null;
        }
    }
}
