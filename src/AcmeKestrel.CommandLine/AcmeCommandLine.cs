using System.CommandLine;
using AcmeKestrel.CommandLine.Completing;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace AcmeKestrel.CommandLine;

/// <summary>The operator's verbs for any host: <c>app acme status</c>. docs/commands.md has them all.</summary>
public static class AcmeCommandLine
{
    /// <summary>
    /// Runs the application that <paramref name="build"/> makes; where the arguments have the word <c>acme</c>, the verb after it and nothing else.
    /// Returns the process's exit code: 0 done or nothing to do, 1 error (a wrong configuration among them), 2 the words are not understood, 3 some certificates failed.
    /// </summary>
    /// <param name="args">The process's arguments.</param>
    /// <param name="build">Builds the application from <see cref="AcmeInvocation.HostArguments"/>.</param>
    /// <param name="output">Where a verb tells what it did. Default: standard output.</param>
    /// <param name="error">Where it tells what went wrong, and how far it is. Default: standard error.</param>
    /// <param name="input">Where it reads the answer to a question. Default: standard input, where that is a terminal.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public static async Task<int> RunAsync(
        string[] args, Func<AcmeInvocation, WebApplication> build, TextWriter? output = null, TextWriter? error = null, TextReader? input = null, CancellationToken cancellationToken = default)
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
        if (!invocation.HasVerb) return await UseAsync(() => build(invocation), ServeAsync, console.Error, cancellationToken).ConfigureAwait(false);

        if (invocation.Words is [_, "complete", ['=', .. var word], .. var before]) return await CompleteAsync(() => build(invocation), word, before, console.Output, cancellationToken).ConfigureAwait(false);

        var reader = input ?? (Console.IsInputRedirected ? null : Console.In);
        var isTerminal = error is null && !Console.IsErrorRedirected;
        var words = AcmeVerbs.Root((verb, parsed, token) => UseAsync(
            () => build(invocation),
            (app, stop) => RunAsync(verb, new VerbRun(parsed, app, new VerbConsole(console.Output, console.Error, reader, isTerminal, parsed.GetValue(AcmeVerbs.Json))), stop),
            console.Error,
            token,
            verb.ErrorCode)).Parse(invocation.Words);
        var exit = await words.InvokeAsync(console, cancellationToken).ConfigureAwait(false);
        return words.Errors.Count > 0 ? AcmeExitCode.Usage : exit;
    }

    /// <summary>For a shell (<see cref="CompletionScripts"/>). The application is built only where words are wanted that its state knows; nothing is said of what goes wrong, for nobody has asked for anything yet.</summary>
    private static async Task<int> CompleteAsync(Func<WebApplication> build, string word, string[] before, TextWriter output, CancellationToken cancellationToken)
    {
        var (words, kind) = WordCompleter.Of(AcmeVerbs.Root((_, _, _) => Task.FromResult(AcmeExitCode.Done)), word, before);
        foreach (var known in words) await output.WriteLineAsync(known).ConfigureAwait(false);
        if (kind is not { } wanted) return AcmeExitCode.Done;

        return await UseAsync(
            build,
            async (app, token) =>
            {
                foreach (var known in await StateWords.ReadAsync(app, wanted, word, token).ConfigureAwait(false)) await output.WriteLineAsync(known).ConfigureAwait(false);
                return AcmeExitCode.Done;
            },
            TextWriter.Null,
            cancellationToken,
            errorCode: AcmeExitCode.Done).ConfigureAwait(false);
    }

    private static async Task<int> ServeAsync(WebApplication app, CancellationToken cancellationToken)
    {
        await app.StartAsync(cancellationToken).ConfigureAwait(false);
        await app.WaitForShutdownAsync(cancellationToken).ConfigureAwait(false);
        return AcmeExitCode.Done;
    }

    private static async Task<int> RunAsync(Verb verb, VerbRun run, CancellationToken cancellationToken)
    {
        try
        {
            verb.Prepare(run);

            // Wherever the state is kept: wishes, hooks' files and copies of certificates lie in this folder, and are the server's.
            if (StateOwner.Become(run.App.Services.GetRequiredService<IAcmeStores>().Directory) is { } owner) await run.Console.ErrorAsync($"The state belongs to {owner}: this process is {owner} from here on.").ConfigureAwait(false);

            if (verb.IsLook && run.App.Services.GetRequiredService<IAcmeState>() is { Exists: false, Directory: { } directory })
            {
                await run.Console.NoStateAsync(directory).ConfigureAwait(false);
                return verb.ErrorCode;
            }

            return await verb.RunAsync(run, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception refused) when (refused is Storage.StoreUnavailableException or AcmeAccountException or ArgumentException)
        {
            await run.Console.ErrorAsync(refused.Message).ConfigureAwait(false);
            return verb.ErrorCode;
        }
    }

    /// <summary>A wrong setting is the operator's business, wherever it shows: the message, not a stack trace.</summary>
    private static async Task<int> UseAsync(Func<WebApplication> build, Func<WebApplication, CancellationToken, Task<int>> use, TextWriter error, CancellationToken cancellationToken, int errorCode = AcmeExitCode.Error)
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
            return errorCode;
        }
    }
}
