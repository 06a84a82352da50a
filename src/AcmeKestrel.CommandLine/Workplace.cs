using System.Net.Sockets;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;

namespace AcmeKestrel.CommandLine;

/// <summary>Where work is done: by the server where one runs, else by this process, which answers the CA's questions on the configured endpoints and does nothing but what it is asked for.</summary>
internal sealed class Workplace(WebApplication app, VerbConsole console)
{
    /// <summary>Certificates that come together are gathered for some seconds, and a program has two minutes.</summary>
    private static readonly TimeSpan LongestTelling = TimeSpan.FromSeconds(150);
    private static readonly TimeSpan BetweenLooks = TimeSpan.FromMilliseconds(100);

    /// <summary>What is done with accounts needs no endpoint: where this process cannot have the configured ones, it is done all the same.</summary>
    public Task<int> WorkAsync(Func<IAcmeAccounts, CancellationToken, Task<int>> work, CancellationToken cancellationToken) =>
        WorkAsync((_, accounts, token) => work(accounts, token), needsEndpoints: false, cancellationToken);

    /// <summary>Neither does what asks no CA for a certificate.</summary>
    public Task<int> WorkWithoutEndpointsAsync(Func<IAcmeCertificates, IAcmeAccounts, CancellationToken, Task<int>> work, CancellationToken cancellationToken) => WorkAsync(work, needsEndpoints: false, cancellationToken);

    /// <param name="work">With the certificates and accounts of whoever does it.</param>
    public Task<int> WorkAsync(Func<IAcmeCertificates, IAcmeAccounts, CancellationToken, Task<int>> work, CancellationToken cancellationToken) => WorkAsync(work, needsEndpoints: true, cancellationToken);

    /// <summary>Nor does what is told to hooks.</summary>
    public Task<int> WorkWithHooksAsync(Func<IAcmeHooks, CancellationToken, Task<int>> work, CancellationToken cancellationToken) => WorkAsync((hands, token) => work(hands.Hooks, token), needsEndpoints: false, cancellationToken);

    private Task<int> WorkAsync(Func<IAcmeCertificates, IAcmeAccounts, CancellationToken, Task<int>> work, bool needsEndpoints, CancellationToken cancellationToken) =>
        WorkAsync((hands, token) => work(hands.Certificates, hands.Accounts, token), needsEndpoints, cancellationToken);

    private async Task<int> WorkAsync(Func<Hands, CancellationToken, Task<int>> work, bool needsEndpoints, CancellationToken cancellationToken)
    {
        var state = app.Services.GetRequiredService<IAcmeState>();
        if (await state.FindServerAsync(cancellationToken).ConfigureAwait(false) is { } server)
        {
            await console.ErrorAsync($"The server does it (process {server.Info.ProcessId}, state {state.Directory}).").ConfigureAwait(false);
            return await TryAsync(() => work(new Hands(server.Certificates, server.Accounts, server.Hooks), cancellationToken)).ConfigureAwait(false);
        }

        await console.StateAsync(state).ConfigureAwait(false);
        state.WorkOnRequest();
        return await HereAsync(state, work, needsEndpoints, cancellationToken).ConfigureAwait(false);
    }

    private async Task<int> HereAsync(IAcmeState state, Func<Hands, CancellationToken, Task<int>> work, bool needsEndpoints, CancellationToken cancellationToken)
    {
        try
        {
            await app.StartAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (Exception busy) when (busy is IOException or SocketException)
        {
            // Kestrel's answer to an endpoint it cannot have: most times the server's, which has no socket or is just starting. It is asked through the state then.
            if (!state.IsElsewhere && needsEndpoints)
            {
                await console.ErrorAsync(busy is IOException
                    ? $"{busy.Message} Somebody else has the endpoint that the CA's questions come to."
                    : $"This process may not listen on the endpoint that the CA's questions come to ({busy.Message}): start the server, which may, and call this again.").ConfigureAwait(false);
                await app.StopAsync(CancellationToken.None).ConfigureAwait(false);
                return AcmeExitCode.Error;
            }
        }

        if (state.IsElsewhere) await console.ErrorAsync("Another process has the state, and does it.").ConfigureAwait(false);
        return await DoAsync(work, cancellationToken).ConfigureAwait(false);
    }

    private async Task<int> DoAsync(Func<Hands, CancellationToken, Task<int>> work, CancellationToken cancellationToken)
    {
        using var stopping = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, app.Lifetime.ApplicationStopping);
        try
        {
            var exit = await TryAsync(() => work(new Hands(app.Services.GetRequiredService<IAcmeCertificates>(), app.Services.GetRequiredService<IAcmeAccounts>(), app.Services.GetRequiredService<IAcmeHooks>()), stopping.Token)).ConfigureAwait(false);
            await TellHooksAsync(stopping.Token).ConfigureAwait(false);
            return exit;
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

    /// <summary>Who else is to be told of what came is told by this process, once; what fails is told again by the next one.</summary>
    private async Task TellHooksAsync(CancellationToken cancellationToken)
    {
        if (app.Services.GetService<IAcmeHooks>() is not { } hooks) return;

        var time = app.Services.GetService<TimeProvider>() ?? TimeProvider.System;
        using var late = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        late.CancelAfter(LongestTelling);
        var isTold = false;
        while (hooks.List().FirstOrDefault(IsToBeTold) is { } owed && !late.IsCancellationRequested)
        {
            if (!isTold) await console.ProgressAsync($"telling {owed.Name}").ConfigureAwait(false);
            isTold = true;
            await Task.Delay(BetweenLooks, late.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        await console.ProgressOverAsync().ConfigureAwait(false);
        foreach (var hook in hooks.List().Where(hook => hook.Pending > 0)) await console.ErrorAsync($"{hook.Name} is not told yet{(hook.LastProblem is { } problem ? $": {problem}" : "")}; the next process that has the state tells it.").ConfigureAwait(false);

        // One that failed before is told as soon as its pause is over, and what fails now has its pause before it.
        bool IsToBeTold(AcmeHookStatus hook) => hook.Pending > 0 && !(hook.NextAttempt > time.GetUtcNow());
    }

    /// <summary>Of whoever does the work.</summary>
    private sealed record Hands(IAcmeCertificates Certificates, IAcmeAccounts Accounts, IAcmeHooks Hooks);

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
