using AcmeKestrel.Certificates;
using AcmeKestrel.Configuration;
using AcmeKestrel.Diagnostics;
using AcmeKestrel.Lifecycle.Limits;
using AcmeKestrel.Lifecycle.Planning;
using AcmeKestrel.Lifecycle.Providers;
using AcmeKestrel.Lifecycle.State;
using AcmeKestrel.Protocol;
using AcmeKestrel.Storage;
using Microsoft.Extensions.Logging;

namespace AcmeKestrel.Lifecycle.Accounts;

/// <summary>Registers an account once. The key is on disk before the CA hears of it, so that no kill makes a second account.</summary>
internal sealed class AccountRegistrar(AccountRecords records, IAccountTraces traces, Ledgers ledgers, IAcmeSettings settings, TimeProvider time, ILogger<AccountRegistrar> logger)
{
    /// <summary>Former accounts that are told of; an operator reads a few.</summary>
    private const int Told = 3;

    /// <param name="record">With a key whose account is not known; null = no key yet.</param>
    /// <param name="asked">An operator wants just this account; null: an order wants one.</param>
    /// <exception cref="AccountRefusedException">The CA does not want it.</exception>
    /// <exception cref="HeldException">A setting is missing, or a limit is reached.</exception>
    public async Task<AcmeAccount> OpenAsync(StateSession session, Provider provider, AcmeClient client, string? email, AccountRecord? record, AskedRegistration? asked, CancellationToken cancellationToken)
    {
        if (record is null)
        {
            if (asked is null && records.MovedFrom(AccountName.Of(provider, email)) is { } moved) throw Moved(provider, email, moved);

            await CheckSettingsAsync(provider, null, client, asked, cancellationToken).ConfigureAwait(false);
            record = AccountRecord.Create(provider.DirectoryUrl, email, AcmeAccountKey.Create(), time.GetUtcNow());
            await records.SaveAsync(session, record, cancellationToken).ConfigureAwait(false);
        }
        else if (await RecoverAsync(record, client, cancellationToken).ConfigureAwait(false) is { } found)
        {
            logger.AccountFound(found.Url);
            return await KeepAsync(session, provider, record, found, cancellationToken).ConfigureAwait(false);
        }

        return await RegisterAsync(session, provider, record, client, asked, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>The key was kept, and nobody knows whether the CA was asked: look before asking (RFC 8555 section 7.3.1). Null where it has no account, and where it will not say: some CAs miss the agreement or the binding first, which a look does not send.</summary>
    /// <exception cref="AccountRefusedException">It is closed.</exception>
    public static async Task<AcmeAccount?> RecoverAsync(AccountRecord record, AcmeClient client, CancellationToken cancellationToken)
    {
        try
        {
            return await AcmeAccount.RecoverAsync(client, record.OpenKey(), cancellationToken).ConfigureAwait(false);
        }
        catch (AcmeException refused) when (refused.Problem?.Is("unauthorized") is true)
        {
            throw new AccountRefusedException(record.Key, AccountRefusals.Closed(record, refused), refused);
        }
        catch (AcmeException unknown) when (unknown.Fault is AcmeFault.AccountUnknown or AcmeFault.Rejected or AcmeFault.HumanNeeded)
        {
            return null;
        }
    }

    private async Task<AcmeAccount> RegisterAsync(StateSession session, Provider provider, AccountRecord record, AcmeClient client, AskedRegistration? asked, CancellationToken cancellationToken)
    {
        var terms = await CheckSettingsAsync(provider, record.Key, client, asked, cancellationToken).ConfigureAwait(false);

        var binding = provider is { EabKeyId: { } keyId, EabHmacKey: { } hmac } ? new AcmeExternalAccount { KeyId = keyId, MacKey = hmac, Algorithm = provider.EabAlgorithm } : null;
        if (binding is not null && record.Facts.EabKeyIdSent != binding.KeyId)
        {
            record = record with { Facts = record.Facts with { EabKeyIdSent = binding.KeyId } };
            await records.SaveAsync(session, record, cancellationToken).ConfigureAwait(false);
        }

        var ledger = await ledgers.GetAsync(session, provider, cancellationToken).ConfigureAwait(false);
        if (await ledger.SpendAsync(LedgerCosts.Account(provider.Limits), cancellationToken).ConfigureAwait(false) is { } refusal) throw new HeldException(ObstacleKind.LimitReached, refusal.Reason, refusal.Until);

        try
        {
            var registration = new AcmeRegistration { Contact = AcmeContact.Of(record.Facts.Email), TermsOfServiceAgreed = true, ExternalAccount = binding };
            var account = await client.RegisterAsync(record.OpenKey(), registration, cancellationToken).ConfigureAwait(false);
            logger.AccountRegistered(provider.Name, account.Url);
            var kept = await KeepAsync(session, provider, record, account, cancellationToken).ConfigureAwait(false);
            TellFormer(session, provider, record, account.Url);
            return kept;
        }
        catch (AcmeException refused) when (refused.Fault is AcmeFault.Rejected or AcmeFault.HumanNeeded)
        {
            // Whatever it is, it is the account's and no name's.
            throw new AccountRefusedException(record.Key, AccountRefusals.Registration(provider, record, binding, refused, terms), refused);
        }
    }

    /// <summary>What can be known before the CA is asked; returns the URL of its terms.</summary>
    /// <param name="known">The record of a key that the CA was asked for: all its names need not ask again. Null: there is none yet.</param>
    private async Task<string?> CheckSettingsAsync(Provider provider, RecordKey? known, AcmeClient client, AskedRegistration? asked, CancellationToken cancellationToken)
    {
        var directory = await client.GetDirectoryAsync(cancellationToken).ConfigureAwait(false);
        if (!settings.Current.AcceptTermsOfService && asked is not { AcceptsTerms: true })
        {
            var terms = directory.TermsOfService is { } url ? $"the terms of service at {url}" : "its terms of service";
            throw new HeldException(ObstacleKind.SettingUnusable, $"{provider.Name} wants {terms} accepted: set Acme:AcceptTermsOfService to true");
        }

        if (directory.ExternalAccountRequired && provider.EabKeyId is null)
        {
            var reason = $"{provider.Name} wants an external account: set {provider.Setting("EabKeyId and EabHmacKey")}";
            throw known is { } record ? new AccountRefusedException(record, reason) : new HeldException(ObstacleKind.SettingUnusable, reason);
        }

        return directory.TermsOfService;
    }

    /// <summary>What names the former account elsewhere keeps the new one from being issued anything (RFC 8657), and only the operator can change it.</summary>
    private void TellFormer(StateSession session, Provider provider, AccountRecord record, string url)
    {
        var former = record.Facts.PreviousUrls is [.., var last] ? [last] : records.LostBefore(session, record.Account, traces.AccountsAt(provider.Ca));
        foreach (var lost in former.Where(lost => lost != url).Take(Told)) logger.AccountReplaced(provider.Name, url, PlainText.Of(lost, 300));
    }

    /// <summary>Another account in silence would be one that no accounturi of a CAA record names.</summary>
    private HeldException Moved(Provider provider, string? email, AccountRecord moved) => new(
        ObstacleKind.SettingUnusable,
        $"the account of {email ?? "nobody"} at {provider.Name} is the one of {moved.Facts.Email ?? "nobody"} now (acme account update): set Acme:Email, or the certificate's Email, to that{(email is null ? "" : $", or register another account with 'acme init {email}'")}",
        time.GetUtcNow() + Backoff.Longest);

    /// <summary>What the CA said of the account is on record, and shown.</summary>
    private async Task<AcmeAccount> KeepAsync(StateSession session, Provider provider, AccountRecord record, AcmeAccount account, CancellationToken cancellationToken)
    {
        await records.SaveAsync(session, record with { Facts = record.Facts with { Url = account.Url } }, cancellationToken).ConfigureAwait(false);
        await records.LinkAsync(record, provider, cancellationToken).ConfigureAwait(false);
        return account;
    }
}
