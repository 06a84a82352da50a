using System.CommandLine;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace AcmeKestrel.CommandLine;

/// <summary>The operator's verbs for any host: <c>app acme reconcile</c>.</summary>
public static class AcmeCommandLine
{
    /// <summary>
    /// Runs the application that <paramref name="build"/> makes; where the arguments have the word <c>acme</c>, the verb after it and nothing else.
    /// Returns the process's exit code: 0 done or nothing to do, 1 error (a wrong configuration among them), 3 some certificates failed.
    /// </summary>
    /// <param name="args">The process's arguments.</param>
    /// <param name="build">Builds the application from <see cref="AcmeInvocation.HostArguments"/>.</param>
    /// <param name="output">Where a verb tells what it did. Default: standard output.</param>
    /// <param name="error">Where it tells what went wrong. Default: standard error.</param>
    public static async Task<int> RunAsync(
        string[] args, Func<AcmeInvocation, WebApplication> build, TextWriter? output = null, TextWriter? error = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(args);
        ArgumentNullException.ThrowIfNull(build);
        var invocation = AcmeInvocation.Parse(args);
        var console = new InvocationConfiguration
        {
            Output = output ?? Console.Out,
            Error = error ?? Console.Error,
            // The host handles Ctrl+C and SIGTERM in its own, graceful way.
            ProcessTerminationTimeout = null,
        };
        return invocation.HasVerb
            ? await Verbs(() => build(invocation), console).Parse(invocation.Words).InvokeAsync(console, cancellationToken).ConfigureAwait(false)
            : await UseAsync(() => build(invocation), ServeAsync, console.Error, cancellationToken).ConfigureAwait(false);
    }

    private static RootCommand Verbs(Func<WebApplication> build, InvocationConfiguration console)
    {
        var reconcile = new Command("reconcile", "One pass over the wished certificates, on the configured endpoints: missing ones are requested, due ones renewed. Exit code: 0 done or nothing to do, 1 error, 3 some failed.");
        reconcile.SetAction((_, cancellationToken) =>
            UseAsync(build, (app, stop) => new ReconcileVerb(app, console.Output, console.Error).RunAsync(stop), console.Error, cancellationToken));
        return new RootCommand("An application with automatic TLS.") { new Command(AcmeInvocation.FirstWord, "Works on this application's certificates.") { reconcile } };
    }

    private static async Task<int> ServeAsync(WebApplication app, CancellationToken cancellationToken)
    {
        await app.StartAsync(cancellationToken).ConfigureAwait(false);
        await app.WaitForShutdownAsync(cancellationToken).ConfigureAwait(false);
        return AcmeExitCode.Done;
    }

    /// <summary>A wrong setting is the operator's business, wherever it shows: the message, not a stack trace.</summary>
    private static async Task<int> UseAsync(Func<WebApplication> build, Func<WebApplication, CancellationToken, Task<int>> use, TextWriter error, CancellationToken cancellationToken)
    {
        try
        {
            var app = build();
            await using (app.ConfigureAwait(false))
            {
                return await use(app, cancellationToken).ConfigureAwait(false);
            }
        }
        catch (OptionsValidationException wrong)
        {
            await error.WriteLineAsync(wrong.Message).ConfigureAwait(false);
            return AcmeExitCode.Error;
        }
    }
}
