using AcmeKestrel.Certificates;
using AcmeKestrel.Configuration;
using AcmeKestrel.Lifecycle;
using AcmeKestrel.Lifecycle.Accounts;
using AcmeKestrel.Lifecycle.Planning;
using AcmeKestrel.Lifecycle.State;
using AcmeKestrel.Protocol;
using AcmeKestrel.Storage;

namespace AcmeKestrel.Management;

/// <summary>What is asked of accounts in the process that has the state.</summary>
internal sealed class AccountDesk(AccountKeeper accounts, AccountOpening opening, AccountContact contact, AccountLook look, AccountTraffic traffic, IValidatingOrders orders, WorkerGate gate)
{
    public async Task<AcmeAccountStatus> RegisterAsync(bool acceptsTerms, string? provider, string? email, CancellationToken cancellationToken) => look.StatusOf(await RunAsync(
        look.ProviderOf(provider),
        look.MailOf(email),
        (session, at, mail, token) => opening.RegisterAsync(session, at, mail, new AskedRegistration(acceptsTerms), token),
        cancellationToken).ConfigureAwait(false));

    /// <param name="key">As text; null: the one that is here already.</param>
    public async Task<AcmeAccountStatus> RecoverAsync(string? key, string? provider, string? email, CancellationToken cancellationToken)
    {
        var file = key is null ? null : AccountLook.Read(key);
        using var read = file?.Key;
        return look.StatusOf(await RunAsync(
            provider is null && file?.DirectoryUrl is { } url ? look.ProviderAt(url) : look.ProviderOf(provider),
            look.MailOf(email ?? file?.Email),
            (session, at, mail, token) => opening.RecoverAsync(session, at, mail, read, token),
            cancellationToken).ConfigureAwait(false));
    }

    public async Task<AcmeAccountStatus> ChangeEmailAsync(string next, string? provider, string? email, CancellationToken cancellationToken)
    {
        if (!MailAddress.IsOne(next)) throw new AcmeAccountException($"'{next}' is no mail address.");

        var changed = await RunClosedAsync(provider, email, "its mail address is being changed", (session, at, mail, token) => contact.ChangeAsync(session, at, mail, next, token), cancellationToken).ConfigureAwait(false);
        accounts.LookAgain();
        return look.StatusOf(changed);
    }

    public async Task<AcmeAccountStatus> ChangeKeyAsync(string? provider, string? email, CancellationToken cancellationToken) =>
        look.StatusOf(await RunClosedAsync(provider, email, "its key is being changed", accounts.ChangeKeyAsync, cancellationToken).ConfigureAwait(false));

    public async Task<AcmeAccountStatus> DeactivateAsync(string? provider, string? email, CancellationToken cancellationToken) =>
        look.StatusOf(await RunClosedAsync(provider, email, "it is being closed", accounts.DeactivateAsync, cancellationToken).ConfigureAwait(false));

    /// <summary>While no order works with the account.</summary>
    private async Task<AccountRecord> RunClosedAsync(
        string? provider, string? email, string doing, Func<StateSession, Provider, string?, CancellationToken, Task<AccountRecord>> work, CancellationToken cancellationToken)
    {
        var (at, mail) = (look.ProviderOf(provider), look.MailOf(email));
        var (account, session) = (AccountName.Of(at, mail), await SessionAsync(cancellationToken).ConfigureAwait(false));

        try
        {
            // A process that does only what it is asked for brings no order to its end, and would wait for ever.
            if (gate.IsOnRequest && await orders.FindAsync(session, account, cancellationToken).ConfigureAwait(false) is not null)
            {
                throw new AcmeAccountException($"Names of an order of the account at {at.Name} {AccountOpening.For(mail)} are being validated; nothing has changed. Have it come to its end first: start the server, or call 'acme reconcile'.");
            }

            using (await traffic.CloseAsync(session, account, $"waiting for the account at {at.Name}: {doing}", cancellationToken).ConfigureAwait(false))
            {
                // Waiting for orders may have taken hours, and the state may have passed to another session.
                return await RunAsync(at, mail, work, cancellationToken).ConfigureAwait(false);
            }
        }
        catch (Exception failed) when (IsReason(failed))
        {
            throw new AcmeAccountException(failed.Message, failed);
        }
    }

    private async Task<AccountRecord> RunAsync(Provider provider, string? mail, Func<StateSession, Provider, string?, CancellationToken, Task<AccountRecord>> work, CancellationToken cancellationToken)
    {
        var session = await SessionAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            return await work(session, provider, mail, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception failed) when (IsReason(failed))
        {
            throw new AcmeAccountException(failed.Message, failed);
        }
    }

    /// <summary>What whoever asked is told in words.</summary>
    private static bool IsReason(Exception failed) => failed is AcmeException or HeldException or AccountRefusedException or DamagedRecordException or StoreUnavailableException or StoreConflictException;

    private async Task<StateSession> SessionAsync(CancellationToken cancellationToken) =>
        await gate.RequestAsync(cancellationToken).ConfigureAwait(false) ?? throw new AcmeAccountException($"Nothing can be done with an account now: {gate.Why}.");
}
