using System.CommandLine;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace AcmeKestrel.CommandLine;

/// <summary>
/// The operator's verbs for any host: <c>app [the host's own settings] acme reconcile</c>. Parse first, build the host from <see cref="HostArguments"/>, then let it run.
/// </summary>
public sealed class AcmeCommand
{
    private const string FirstWord = "acme";

    private readonly string[] _words;

    private AcmeCommand(string[] hostArguments, string[] words) => (HostArguments, _words) = (hostArguments, words);

    /// <summary>What is left for the host: everything before the word <c>acme</c>.</summary>
    public string[] HostArguments { get; }

    /// <summary>Whether a verb was given; without one the application just runs.</summary>
    public bool IsGiven => _words.Length > 0;

    /// <summary>Divides a command line at the word <c>acme</c>.</summary>
    public static AcmeCommand Parse(string[] args)
    {
        ArgumentNullException.ThrowIfNull(args);
        for (var index = 0; index < args.Length; index++)
        {
            if (args[index] == FirstWord && !IsValue(args, index)) return new(args[..index], args[index..]);
        }

        return new(args, []);
    }

    /// <summary>Runs the application, or the verb and nothing after it. Returns the process's exit code: 0 done or nothing to do, 1 error, 3 some certificates failed.</summary>
    public async Task<int> RunAsync(WebApplication app, TextWriter? output = null, TextWriter? error = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(app);
        var console = new InvocationConfiguration
        {
            Output = output ?? Console.Out,
            Error = error ?? Console.Error,

            // The host handles Ctrl+C and SIGTERM in its own, graceful way.
            ProcessTerminationTimeout = null,
        };
        if (IsGiven) return await Verbs(app, console).Parse(_words).InvokeAsync(console, cancellationToken).ConfigureAwait(false);

        try
        {
            await app.StartAsync(cancellationToken).ConfigureAwait(false);
            await app.WaitForShutdownAsync(cancellationToken).ConfigureAwait(false);
            return AcmeExitCode.Done;
        }
        catch (OptionsValidationException wrong)
        {
            // A wrong setting is the operator's business: the message, not a stack trace.
            await console.Error.WriteLineAsync(wrong.Message).ConfigureAwait(false);
            return AcmeExitCode.Error;
        }
        finally
        {
            await app.DisposeAsync().ConfigureAwait(false);
        }
    }

    private static RootCommand Verbs(WebApplication app, InvocationConfiguration console)
    {
        var reconcile = new Command("reconcile", "One pass over the wished certificates on the configured endpoints: missing ones are requested, due ones renewed. Exit code 0 done or nothing to do, 1 error, 3 some failed.");
        reconcile.SetAction((_, cancellationToken) => new ReconcileVerb(app, console.Output, console.Error).RunAsync(cancellationToken));
        return new RootCommand("An application with automatic TLS.") { new Command(FirstWord, "Works on this application's certificates.") { reconcile } };
    }

    /// <summary><c>--name acme</c>: the word belongs to the host's setting before it.</summary>
    private static bool IsValue(string[] args, int index) =>
        index > 0 && args[index - 1] is ['-' or '/', ..] before && !before.Contains('=', StringComparison.Ordinal);
}
