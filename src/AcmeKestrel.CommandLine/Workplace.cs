using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;

namespace AcmeKestrel.CommandLine;

/// <summary>Where work is done: by the server where one runs, else by this process, which answers the CA's questions on the configured endpoints and does nothing but what it is asked for.</summary>
internal sealed class Workplace(WebApplication app, VerbConsole console)
{
    /// <summary>What is done with accounts needs no endpoint: where this process cannot have the configured ones, it is done all the same.</summary>
    public Task<int> WorkAsync(Func<IAcmeAccounts, CancellationToken, Task<int>> work, CancellationToken cancellationToken) =>
        WorkAsync((_, accounts, token) => work(accounts, token), needsEndpoints: false, cancellationToken);

    /// <summary>Neither does what asks no CA for a certificate.</summary>
    public Task<int> WorkWithoutEndpointsAsync(Func<IAcmeCertificates, IAcmeAccounts, CancellationToken, Task<int>> work, CancellationToken cancellationToken) => WorkAsync(work, needsEndpoints: false, cancellationToken);

    /// <param name="work">With the certificates and accounts of whoever does it.</param>
    public Task<int> WorkAsync(Func<IAcmeCertificates, IAcmeAccounts, CancellationToken, Task<int>> work, CancellationToken cancellationToken) => WorkAsync(work, needsEndpoints: true, cancellationToken);

    private async Task<int> WorkAsync(Func<IAcmeCertificates, IAcmeAccounts, CancellationToken, Task<int>> work, bool needsEndpoints, CancellationToken cancellationToken)
    {
        var state = app.Services.GetRequiredService<IAcmeState>();
        if (await state.FindServerAsync(cancellationToken).ConfigureAwait(false) is { } server)
        {
            await console.ErrorAsync($"The server does it (process {server.Info.ProcessId}, state {state.Directory}).").ConfigureAwait(false);
            return await TryAsync(() => work(server.Certificates, server.Accounts, cancellationToken)).ConfigureAwait(false);
        }

        if (state.Directory is { } directory) await console.ErrorAsync(state.Exists ? $"The state is {directory}." : $"There is no state yet: {directory} is made.").ConfigureAwait(false);
        state.WorkOnRequest();
        return await HereAsync(state, work, needsEndpoints, cancellationToken).ConfigureAwait(false);
    }

    private async Task<int> HereAsync(IAcmeState state, Func<IAcmeCertificates, IAcmeAccounts, CancellationToken, Task<int>> work, bool needsEndpoints, CancellationToken cancellationToken)
    {
        try
        {
            await app.StartAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (IOException busy)
        {
            // Kestrel's answer to an endpoint it cannot have: most times the server's, which has no socket or is just starting. It is asked through the state then.
            if (!state.IsElsewhere && needsEndpoints)
            {
                await console.ErrorAsync($"{busy.Message} Somebody else has the endpoint that the CA's questions come to.").ConfigureAwait(false);
                return AcmeExitCode.Error;
            }
        }

        if (state.IsElsewhere) await console.ErrorAsync("Another process has the state, and does it.").ConfigureAwait(false);
        using var stopping = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, app.Lifetime.ApplicationStopping);
        try
        {
            return await TryAsync(() => work(app.Services.GetRequiredService<IAcmeCertificates>(), app.Services.GetRequiredService<IAcmeAccounts>(), stopping.Token)).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            await console.ErrorAsync("Stopped before it was done; an order that was begun is gone on with the next time.").ConfigureAwait(false);
            return AcmeExitCode.Error;
        }
        finally
        {
            await app.StopAsync(CancellationToken.None).ConfigureAwait(false);
        }
    }

    private async Task<int> TryAsync(Func<Task<int>> work)
    {
        try
        {
            return await work().ConfigureAwait(false);
        }
        catch (Exception refused) when (refused is Storage.StoreUnavailableException or AcmeAccountException or ArgumentException)
        {
            await console.ErrorAsync(refused.Message).ConfigureAwait(false);
            return AcmeExitCode.Error;
        }
    }
}
