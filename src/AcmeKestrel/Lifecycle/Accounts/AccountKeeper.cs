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
/// The account of a directory and mail address, opened once and used by all its names. What the CA refuses to the account is asked once a day, not once a name.
/// </summary>
internal sealed class AccountKeeper(
    AccountRecords records, AccountRegistrar registrar, AccountKeyChange keyChange, ProviderClients clients, TimeProvider time, ILogger<AccountKeeper> logger) : IDisposable
{
    private static readonly TimeSpan UnsettledInterval = TimeSpan.FromMinutes(1);

    private readonly ConcurrentDictionary<AccountName, Slot> _slots = new();

    /// <exception cref="StateHeldException">A human must act first; the reason names the key, the page or the file.</exception>
    /// <exception cref="AcmeException">The CA failed.</exception>
    public async Task<AcmeAccount> GetAsync(Provider provider, string? email, CancellationToken cancellationToken)
    {
        var client = clients.Get(provider);
        var slot = SlotOf(provider, email);
        if (slot.Known(client, time.GetUtcNow()) is { } known) return known;

        using (await slot.EnterAsync(cancellationToken).ConfigureAwait(false))
        {
            if (slot.Known(client, time.GetUtcNow()) is { } opened) return opened;

            var record = await records.FindAsync(provider, email, cancellationToken).ConfigureAwait(false);

            // Other settings or another record are worth a request at once.
            if (slot.Refusal is { } refusal && refusal.Client == client && refusal.Record == record?.Key && Waits.Last(refusal.Until, Backoff.Longest, time.GetUtcNow())) throw new StateHeldException(refusal.Reason, refusal.Until);

            slot.Refusal = null;
            try
            {
                var account = await OpenAsync(provider, client, email, record, cancellationToken).ConfigureAwait(false);

                // A change of its key that may still be carried out is looked at again and again until it is, or cannot be any more.
                slot.Until = record?.NextPrivateKeyPem is null ? DateTimeOffset.MaxValue : time.GetUtcNow() + UnsettledInterval;
                return slot.Account = account;
            }
            catch (AccountRefusedException refused)
            {
                throw Refuse(slot, client, refused.Record, refused.Message, refused);
            }
        }
    }

    /// <summary>The CA does not know the account any more: the next <see cref="GetAsync"/> registers its key anew. The old URL stays on record.</summary>
    public async Task ForgetAsync(Provider provider, string? email, string accountUrl, CancellationToken cancellationToken)
    {
        var slot = SlotOf(provider, email);
        using (await slot.EnterAsync(cancellationToken).ConfigureAwait(false))
        {
            // Another name may have noticed first, and have registered anew.
            if (slot.Account is not { } lost || lost.Url != accountUrl) return;

            if (await records.FindAsync(provider, email, cancellationToken).ConfigureAwait(false) is { Facts.Url: { } url } record && url == accountUrl)
            {
                logger.AccountLost(accountUrl);
                await records.SaveAsync(record with { Facts = record.Facts with { Url = null, PreviousUrls = [.. record.Facts.PreviousUrls, url] } }, cancellationToken).ConfigureAwait(false);
            }

            slot.Account = null;
        }
    }

    /// <summary>After a refusal that a closed account gets, and others, too (RFC 8555 section 7.3.6): the CA is asked for the account itself.</summary>
    /// <exception cref="StateHeldException">It is closed.</exception>
    public async Task CheckOpenAsync(Provider provider, string? email, CancellationToken cancellationToken)
    {
        var client = clients.Get(provider);
        var slot = SlotOf(provider, email);
        using (await slot.EnterAsync(cancellationToken).ConfigureAwait(false))
        {
            // Read from its record the next time: an operator may have moved it away.
            slot.Account = null;
            if (await records.FindAsync(provider, email, cancellationToken).ConfigureAwait(false) is not { } record) return;

            try
            {
                await AccountRegistrar.RecoverAsync(record, client, cancellationToken).ConfigureAwait(false);
            }
            catch (AccountRefusedException closed)
            {
                throw Refuse(slot, client, closed.Record, closed.Message, closed);
            }
        }
    }

    /// <summary>The CA refused a request because of what the account has not agreed to: none of its names asks again before a human can have acted.</summary>
    /// <returns>To be thrown.</returns>
    public async Task<StateHeldException> RefuseAsync(Provider provider, string? email, AcmeException refused, CancellationToken cancellationToken)
    {
        var client = clients.Get(provider);
        var directory = await client.GetDirectoryAsync(cancellationToken).ConfigureAwait(false);
        var slot = SlotOf(provider, email);
        using (await slot.EnterAsync(cancellationToken).ConfigureAwait(false))
        {
            var record = await records.FindAsync(provider, email, cancellationToken).ConfigureAwait(false);
            return Refuse(slot, client, record?.Key, AccountRefusals.Terms(provider, refused, directory.TermsOfService), refused);
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
    }

    /// <summary>Changes the account's key. The caller sees to it that nobody uses the account meanwhile.</summary>
    /// <exception cref="AcmeAccountException">It could not be changed, or it is not known whether it was.</exception>
    public async Task<AccountRecord> ChangeKeyAsync(Provider provider, string? email, CancellationToken cancellationToken)
    {
        var client = clients.Get(provider);
        var slot = SlotOf(provider, email);
        using (await slot.EnterAsync(cancellationToken).ConfigureAwait(false))
        {
            var record = await FindForChangeAsync(provider, client, email, cancellationToken).ConfigureAwait(false);
            if (record.Facts.ClosedAt is not null) throw new AcmeAccountException($"The account of {record.Key} is closed.");
            if (record.NextPrivateKeyPem is not null) throw new AcmeAccountException($"An earlier change of the key of {record.Facts.Url} may still be carried out; ask again in an hour.");

            slot.Account = null;
            return await keyChange.ChangeAsync(provider, client, record, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Closes the account for good; marked in its record first, so that a kill cannot make it a key to be registered anew.</summary>
    /// <exception cref="AcmeAccountException">The CA refused, or it is not known whether it is closed there.</exception>
    public async Task DeactivateAsync(Provider provider, string? email, CancellationToken cancellationToken)
    {
        var client = clients.Get(provider);
        var slot = SlotOf(provider, email);
        using (await slot.EnterAsync(cancellationToken).ConfigureAwait(false))
        {
            var record = await FindForChangeAsync(provider, client, email, cancellationToken).ConfigureAwait(false);
            var url = record.Facts.Url ?? throw new AcmeAccountException($"The key of {record.Key} has no account at {provider.Name} yet.");
            slot.Account = null;
            await records.SaveAsync(record with { Facts = record.Facts with { ClosedAt = record.Facts.ClosedAt ?? time.GetUtcNow() } }, cancellationToken).ConfigureAwait(false);

            var key = record.OpenKey();
            try
            {
                await client.OpenAccount(key, url).DeactivateAsync(cancellationToken).ConfigureAwait(false);
            }
            catch (AcmeException refused)
            {
                await EndRefusedAsync(provider, client, record, refused, cancellationToken).ConfigureAwait(false);
            }

            logger.AccountClosed(url);
        }
    }

    public void Dispose()
    {
        foreach (var slot in _slots.Values) slot.Dispose();
    }

    private async Task<AcmeAccount> OpenAsync(Provider provider, AcmeClient client, string? email, AccountRecord? record, CancellationToken cancellationToken)
    {
        if (record?.Facts.ClosedAt is { } closed)
        {
            throw new StateHeldException(
                $"the account of {record.Key} was closed here on {closed:yyyy-MM-dd}; move the record away or set another Acme:Email to register a new one", time.GetUtcNow() + Backoff.Longest);
        }

        if (record?.NextPrivateKeyPem is not null) record = await keyChange.SettleAsync(provider, client, record, looks: 1, refused: false, cancellationToken).ConfigureAwait(false);
        if (record?.Facts.Url is { } url) return client.OpenAccount(record.OpenKey(), url);

        return await registrar.OpenAsync(provider, client, email, record, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>The record, after an earlier change of its key has an end.</summary>
    private async Task<AccountRecord> FindForChangeAsync(Provider provider, AcmeClient client, string? email, CancellationToken cancellationToken)
    {
        var record = await records.FindAsync(provider, email, cancellationToken).ConfigureAwait(false)
            ?? throw new AcmeAccountException($"There is no account at {provider.Name} {(email is null ? "without a mail address" : $"for {email}")} yet.");
        return record.NextPrivateKeyPem is null ? record : await keyChange.SettleAsync(provider, client, record, looks: 1, refused: false, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Returns where the account is closed all the same; its mark goes only where the CA shows it open.</summary>
    /// <param name="record">Without the mark.</param>
    private async Task EndRefusedAsync(Provider provider, AcmeClient client, AccountRecord record, AcmeException refused, CancellationToken cancellationToken)
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

        await records.SaveAsync(record with { Facts = record.Facts with { ClosedAt = null } }, cancellationToken).ConfigureAwait(false);
        throw new AcmeAccountException($"{provider.Name} did not close {url}: {refused.Message}", refused);
    }

    private StateHeldException Refuse(Slot slot, AcmeClient client, RecordKey? record, string reason, Exception refused)
    {
        var until = time.GetUtcNow() + Backoff.Longest;
        (slot.Account, slot.Refusal) = (null, new Refusal(client, record, reason, until));
        logger.AccountRefused(reason);
        return new StateHeldException(reason, until, refused);
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

    /// <summary>What the CA said to this account with these settings and this record.</summary>
    private sealed record Refusal(AcmeClient Client, RecordKey? Record, string Reason, DateTimeOffset Until);
}
