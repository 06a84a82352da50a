using System.Collections.Concurrent;
using AcmeKestrel.Certificates;
using AcmeKestrel.Configuration;
using AcmeKestrel.Diagnostics;
using AcmeKestrel.Protocol;
using AcmeKestrel.Storage;
using Microsoft.Extensions.Logging;

namespace AcmeKestrel.Lifecycle;

/// <summary>
/// The account of a directory and mail address: found, or registered once. The key is on disk before the CA hears of it, so that no kill makes a second account.
/// </summary>
internal sealed class AccountKeeper(FencedStore store, ProviderClients clients, Ledgers ledgers, IAcmeSettings settings, TimeProvider time, ILogger<AccountKeeper> logger, IAccountView? view = null) : IDisposable
{
    private readonly ConcurrentDictionary<(string Directory, string? Email), Slot> _slots = new();

    /// <exception cref="StateHeldException">A human must act first; the reason names the key or the file.</exception>
    /// <exception cref="AcmeException">The CA refused or failed.</exception>
    public async Task<AcmeAccount> GetAsync(Provider provider, string? email, CancellationToken cancellationToken)
    {
        var client = clients.Get(provider);
        var slot = _slots.GetOrAdd((provider.DirectoryUrl, email), _ => new Slot());
        if (slot.Account is { } known && known.Client == client) return known;

        await slot.Gate.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (slot.Account is { } opened && opened.Client == client) return opened;
            return slot.Account = await OpenAsync(provider, client, email, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            slot.Gate.Release();
        }
    }

    /// <summary>The CA does not know the account any more: the next <see cref="GetAsync"/> registers its key anew. The old URL stays on record.</summary>
    public async Task ForgetAsync(Provider provider, string? email, string accountUrl, CancellationToken cancellationToken)
    {
        var slot = _slots.GetOrAdd((provider.DirectoryUrl, email), _ => new Slot());
        await slot.Gate.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            // Another name may have noticed first, and have registered anew.
            if (slot.Account is not { } lost || lost.Url != accountUrl) return;

            if (await FindAsync(provider, email, cancellationToken).ConfigureAwait(false) is { Facts.Url: { } url } record && url == accountUrl)
            {
                logger.AccountLost(accountUrl);
                await SaveAsync(record with { Facts = record.Facts with { Url = null, PreviousUrls = [.. record.Facts.PreviousUrls, url] } }, cancellationToken).ConfigureAwait(false);
            }

            slot.Account = null;
        }
        finally
        {
            slot.Gate.Release();
        }
    }

    /// <summary>After a refusal that a closed account gets, and others, too (RFC 8555 section 7.3.6): the CA is asked for the account itself.</summary>
    /// <exception cref="StateHeldException">It is closed.</exception>
    public async Task CheckOpenAsync(Provider provider, string? email, CancellationToken cancellationToken)
    {
        var slot = _slots.GetOrAdd((provider.DirectoryUrl, email), _ => new Slot());
        await slot.Gate.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            // Read from its record the next time: an operator may have moved it away.
            slot.Account = null;
            if (await FindAsync(provider, email, cancellationToken).ConfigureAwait(false) is { } record) await RecoverAsync(record, clients.Get(provider), cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            slot.Gate.Release();
        }
    }

    public void Dispose()
    {
        foreach (var slot in _slots.Values) slot.Gate.Dispose();
    }

    private async Task<AcmeAccount> OpenAsync(Provider provider, AcmeClient client, string? email, CancellationToken cancellationToken)
    {
        var record = await FindAsync(provider, email, cancellationToken).ConfigureAwait(false);
        if (record?.Facts.Url is { } url) return client.OpenAccount(record.OpenKey(), url);

        if (record is null)
        {
            await CheckTermsAsync(provider, client, cancellationToken).ConfigureAwait(false);
            record = AccountRecord.Create(provider.DirectoryUrl, email, AcmeAccountKey.Create(), time.GetUtcNow());
            await SaveAsync(record, cancellationToken).ConfigureAwait(false);
        }
        else if (await RecoverAsync(record, client, cancellationToken).ConfigureAwait(false) is { } found)
        {
            return await KeepAsync(provider, record, found, cancellationToken).ConfigureAwait(false);
        }

        return await RegisterAsync(provider, record, client, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>The key was kept, and nobody knows whether the CA was asked: look before asking (RFC 8555 section 7.3.1).</summary>
    private async Task<AcmeAccount?> RecoverAsync(AccountRecord record, AcmeClient client, CancellationToken cancellationToken)
    {
        try
        {
            return await AcmeAccount.RecoverAsync(client, record.OpenKey(), cancellationToken).ConfigureAwait(false);
        }
        catch (AcmeException unknown) when (unknown.Fault is AcmeFault.AccountUnknown)
        {
            return null;
        }
        catch (AcmeException refused) when (refused.Problem?.Is("unauthorized") is true)
        {
            throw Deactivated(record, refused);
        }
    }

    private async Task<AcmeAccount> RegisterAsync(Provider provider, AccountRecord record, AcmeClient client, CancellationToken cancellationToken)
    {
        await CheckTermsAsync(provider, client, cancellationToken).ConfigureAwait(false);

        var binding = provider is { EabKeyId: { } keyId, EabHmacKey: { } hmac } ? new AcmeExternalAccount(keyId, hmac) : null;
        if (binding is not null && record.Facts.EabKeyIdSent != binding.KeyId)
        {
            record = record with { Facts = record.Facts with { EabKeyIdSent = binding.KeyId } };
            await SaveAsync(record, cancellationToken).ConfigureAwait(false);
        }

        var ledger = await ledgers.GetAsync(provider, cancellationToken).ConfigureAwait(false);
        if (await ledger.SpendAsync(LedgerCosts.Account(provider.Limits), cancellationToken).ConfigureAwait(false) is { } refusal) throw new StateHeldException(refusal.Reason, refusal.Until);

        try
        {
            var registration = new AcmeRegistration { Contact = AcmeContact.Of(record.Facts.Email), TermsOfServiceAgreed = true, ExternalAccount = binding };
            var account = await client.RegisterAsync(record.OpenKey(), registration, cancellationToken).ConfigureAwait(false);
            logger.AccountRegistered(provider.Name, account.Url);
            return await KeepAsync(provider, record, account, cancellationToken).ConfigureAwait(false);
        }
        catch (AcmeException refused) when (binding is null && refused.Problem?.Is("unauthorized") is true)
        {
            throw Deactivated(record, refused);
        }
        catch (AcmeException refused) when (binding is not null && refused.Fault is AcmeFault.Rejected or AcmeFault.HumanNeeded)
        {
            throw new StateHeldException($"{provider.Name} refused the external account binding of Acme:Providers:{provider.Name}:EabKeyId: {refused.Message}", inner: refused);
        }
    }

    private async Task CheckTermsAsync(Provider provider, AcmeClient client, CancellationToken cancellationToken)
    {
        var directory = await client.GetDirectoryAsync(cancellationToken).ConfigureAwait(false);
        if (!settings.Current.AcceptTermsOfService)
        {
            var terms = directory.TermsOfService is { } url ? $"the terms of service at {url}" : "its terms of service";
            throw new StateHeldException($"{provider.Name} wants {terms} accepted: set Acme:AcceptTermsOfService to true");
        }

        if (directory.ExternalAccountRequired && provider.EabKeyId is null)
        {
            throw new StateHeldException($"{provider.Name} wants an external account: set Acme:Providers:{provider.Name}:EabKeyId and EabHmacKey");
        }
    }

    /// <summary>The record for the directory and the mail address, or null.</summary>
    private async Task<AccountRecord?> FindAsync(Provider provider, string? email, CancellationToken cancellationToken)
    {
        var prefix = DirectoryName.Of(provider.DirectoryUrl) + "/";
        await foreach (var stored in store.ListAsync(RecordKind.Account, cancellationToken).ConfigureAwait(false))
        {
            if (!stored.Key.Name.StartsWith(prefix, StringComparison.Ordinal)) continue;

            // A damaged record may be the one that is looked for: registering past it would make a second key.
            var record = AccountRecord.Read(stored);
            if (record.DirectoryUrl != provider.DirectoryUrl)
            {
                throw new StateHeldException($"{record.Key} says provider '{record.DirectoryUrl}', but Acme:Providers:{provider.Name}:Directory is '{provider.DirectoryUrl}'");
            }

            if (string.Equals(record.Facts.Email, email, StringComparison.OrdinalIgnoreCase)) return record;
        }

        return null;
    }

    private async Task<AcmeAccount> KeepAsync(Provider provider, AccountRecord record, AcmeAccount account, CancellationToken cancellationToken)
    {
        await SaveAsync(record with { Facts = record.Facts with { Url = account.Url } }, cancellationToken).ConfigureAwait(false);
        if (view is not null && record.Facts.Email is { } mail) await view.LinkAsync(mail, provider.Name, record.Key.Name, cancellationToken).ConfigureAwait(false);
        return account;
    }

    private async Task SaveAsync(AccountRecord record, CancellationToken cancellationToken) =>
        await store.WriteAsync(record.Key, record.Write(), cancellationToken).ConfigureAwait(false);

    /// <summary>Looked at again on a human's timescale, or when told to.</summary>
    private StateHeldException Deactivated(AccountRecord record, AcmeException refused) =>
        new($"the account of {record.Key} is closed at the CA: {refused.Message} Move the record away to register a new one", time.GetUtcNow() + Backoff.Longest, refused);

    private sealed class Slot
    {
        public SemaphoreSlim Gate { get; } = new(1, 1);

        public volatile AcmeAccount? Account;
    }
}
