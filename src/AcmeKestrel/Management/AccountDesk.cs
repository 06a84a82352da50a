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
internal sealed class AccountDesk(AccountRecords records, AccountKeeper accounts, AccountTraffic traffic, WorkerGate gate, IWorkerActivation activation, IAcmeSettings settings)
{
    public async Task<IReadOnlyList<AcmeAccountStatus>> ListAsync(CancellationToken cancellationToken) =>
        [.. (await records.ListAsync(cancellationToken).ConfigureAwait(false)).Select(Status)];

    public async Task<AcmeAccountStatus> ChangeKeyAsync(string? provider, string? email, CancellationToken cancellationToken) =>
        Status(await RunAsync(provider, email, "its key is being changed", accounts.ChangeKeyAsync, cancellationToken).ConfigureAwait(false));

    public async Task<AcmeAccountStatus> DeactivateAsync(string? provider, string? email, CancellationToken cancellationToken) => Status(await RunAsync(
        provider,
        email,
        "it is being closed",
        async (session, at, mail, token) =>
        {
            await accounts.DeactivateAsync(session, at, mail, token).ConfigureAwait(false);
            return (await records.FindAsync(session, at, mail, token).ConfigureAwait(false))!;
        },
        cancellationToken).ConfigureAwait(false));

    private async Task<T> RunAsync<T>(string? providerName, string? email, string doing, Func<StateSession, Provider, string?, CancellationToken, Task<T>> work, CancellationToken cancellationToken)
    {
        var current = settings.Current;
        if (!current.Providers.TryGetValue(providerName ?? current.DefaultProvider, out var provider)) throw new AcmeAccountException($"There is no provider '{providerName ?? current.DefaultProvider}'.");

        activation.Request();
        if (gate.Closed is { } closed) throw new AcmeAccountException($"Nothing can be done with an account now: {closed.Reason}.");
        if (gate.Session is not { } session) throw new AcmeAccountException("Nothing can be done with an account now: the state passes to another session.");

        var mail = email ?? current.Defaults.Email;
        if (mail is "") mail = null;
        using (await traffic.CloseAsync(session, AccountName.Of(provider, mail), $"waiting for the account at {provider.Name}: {doing}", cancellationToken).ConfigureAwait(false))
        {
            try
            {
                // Waiting for orders may have taken hours, and the state may have passed to another session.
                if (gate.Session is not { } now) throw new AcmeAccountException("Nothing can be done with an account now: the state passes to another session.");
                return await work(now, provider, mail, cancellationToken).ConfigureAwait(false);
            }
            catch (Exception failed) when (failed is AcmeException or HeldException or DamagedRecordException or StoreUnavailableException or StoreConflictException)
            {
                throw new AcmeAccountException(failed.Message, failed);
            }
        }
    }

    private static AcmeAccountStatus Status(AccountRecord record) => new()
    {
        DirectoryUrl = record.DirectoryUrl,
        Email = record.Facts.Email,
        AccountUrl = record.Facts.Url,
        Thumbprint = record.Thumbprint,
        IsClosed = record.Facts.ClosedAt is not null,
        IsChanging = record.NextPrivateKeyPem is not null,
    };
}
