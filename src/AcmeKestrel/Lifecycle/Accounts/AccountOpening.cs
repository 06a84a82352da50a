using AcmeKestrel.Certificates;
using AcmeKestrel.Diagnostics;
using AcmeKestrel.Lifecycle.Planning;
using AcmeKestrel.Lifecycle.State;
using AcmeKestrel.Protocol;
using Microsoft.Extensions.Logging;

namespace AcmeKestrel.Lifecycle.Accounts;

/// <summary>Accounts that an operator asks for: registered, or found by their key.</summary>
internal sealed class AccountOpening(AccountKeeper keeper, AccountRecords records, AccountRegistrar registrar, TimeProvider time, ILogger<AccountOpening> logger)
{
    /// <summary>The account that there is, or a new one.</summary>
    /// <exception cref="AcmeAccountException">It was closed here.</exception>
    /// <exception cref="AccountRefusedException">The CA does not want it.</exception>
    /// <exception cref="HeldException">A setting is missing, or a limit is reached.</exception>
    public Task<AccountRecord> RegisterAsync(StateSession session, Provider provider, string? email, AskedRegistration asked, CancellationToken cancellationToken) => keeper.AloneAsync(
        session,
        provider,
        email,
        async (client, record) =>
        {
            if (record is { Facts.ClosedAt: { } closed }) throw new AcmeAccountException($"The account of {record.Key} was closed here on {closed:yyyy-MM-dd}; move the record away or give another mail address to register a new one.");
            if (record is { Facts.Url: not null }) return record;

            await registrar.OpenAsync(session, provider, client, email, record, asked, cancellationToken).ConfigureAwait(false);
            return (await records.FindAsync(session, provider, email, cancellationToken).ConfigureAwait(false))!;
        },
        cancellationToken);

    /// <summary>The account that a key opens (RFC 8555 section 7.3.1); nothing is registered, and nothing kept before the CA has said whose key it is.</summary>
    /// <param name="key">Null: the one that is here already.</param>
    /// <exception cref="AcmeAccountException">There is none, or another one has its place.</exception>
    /// <exception cref="AccountRefusedException">The CA has closed it.</exception>
    public Task<AccountRecord> RecoverAsync(StateSession session, Provider provider, string? email, AcmeAccountKey? key, CancellationToken cancellationToken) => keeper.AloneAsync(
        session,
        provider,
        email,
        async (client, known) =>
        {
            var record = key is null ? known : await PlaceAsync(session, provider, email, known, key, cancellationToken).ConfigureAwait(false);
            if (record is null) throw new AcmeAccountException($"There is no account at {provider.Name} {For(email)}, and no key of one: give the key that it has.");

            var found = await AccountRegistrar.RecoverAsync(record, client, cancellationToken).ConfigureAwait(false)
                ?? throw new AcmeAccountException($"{provider.Name} has no account for the key {record.Thumbprint}, or tells of none; nothing has changed.");
            logger.AccountFound(found.Url);
            var opened = await records.PlaceAsync(session, Opened(record, found.Url), cancellationToken).ConfigureAwait(false);
            if (opened.Account != record.Account) throw IsAnothers(opened);

            await records.LinkAsync(opened, provider, cancellationToken).ConfigureAwait(false);
            return opened;
        },
        cancellationToken,
        takesAlone: key is null);

    /// <summary>A key has one account, and an address one key: neither is given up for another one in silence.</summary>
    private async Task<AccountRecord> PlaceAsync(StateSession session, Provider provider, string? email, AccountRecord? known, AcmeAccountKey key, CancellationToken cancellationToken)
    {
        if (known is not null && known.Thumbprint != key.Thumbprint)
        {
            throw new AcmeAccountException($"There is an account at {provider.Name} {For(email)} already, with another key ({known.Thumbprint}); nothing has changed. Move its folder out of accounts/, or give another mail address.");
        }

        var given = AccountRecord.Create(provider.DirectoryUrl, email, key, time.GetUtcNow());
        if (await AccountRecords.FindSameAsync(session, given, cancellationToken).ConfigureAwait(false) is not { } same) return given;
        return same.Account == given.Account ? same : throw IsAnothers(same);
    }

    /// <summary>What the CA opens is not closed; where it has given the key another account, the former URL stays on record.</summary>
    private static AccountRecord Opened(AccountRecord record, string url) => record with
    {
        Facts = record.Facts with
        {
            Url = url,
            ClosedAt = null,
            PreviousUrls = record.Facts.Url is { } former && former != url ? [.. record.Facts.PreviousUrls, former] : record.Facts.PreviousUrls,
        },
    };

    private static AcmeAccountException IsAnothers(AccountRecord record) => new($"The key {record.Thumbprint} is the one of the account {For(record.Facts.Email)} already; nothing has changed.");

    internal static string For(string? email) => email is null ? "without a mail address" : $"for {email}";
}
