using System.CommandLine;

namespace AcmeKestrel.CommandLine.Verbs.Tests;

/// <summary><c>test hook name</c>: calls a hook once with a test.</summary>
internal sealed class TestHookVerb : Verb
{
    private static readonly Dictionary<string, AcmeHookEvent> Events = Enum.GetValues<AcmeHookEvent>().ToDictionary(TestText.WordOf);

    private readonly Argument<string> _hook = new("hook") { Description = "The hook as its status names it (program.reload), or without its kind." };
    private readonly Option<string?> _event = new("--event") { Description = "What it is told; without it, live-updated, or the first event that it takes." };
    private readonly Option<string?> _label = LabelArgument.AsOption("The certificate that it is told of; without it, one that is stored, else one that is wished.");

    public TestHookVerb() => _event.AcceptOnlyFromAmong([.. Events.Keys]);

    public override string Group => "test";

    public override IReadOnlyList<string> Examples => ["test hook reload", "test hook webhook.chat --event failed --label shop.example.com"];

    public override Command Command => new("hook", "Calls a hook once, at once, with a document that is marked as a test, and shows what it did. What the hook is owed is as before. The server does it where one runs, with its own rights.") { _hook, _event, _label };

    public override Task<int> RunAsync(VerbRun run, CancellationToken cancellationToken) => run.Workplace.WorkWithHooksAsync(
        async (hooks, token) =>
        {
            var name = run.Words.GetRequiredValue(_hook);
            AcmeHookEvent? happened = run.Words.GetValue(_event) is { } word ? Events[word] : null;
            await run.Console.ProgressAsync($"telling {name}").ConfigureAwait(false);
            var result = await hooks.TestAsync(name, happened, run.Words.GetValue(_label), token).ConfigureAwait(false);
            await run.Console.ProgressOverAsync().ConfigureAwait(false);
            if (result is null)
            {
                var known = hooks.List();
                await run.Console.ErrorAsync($"There is no hook '{name}'{(known.Count == 0 ? ", and no other one: docs/hooks.md tells how one is configured" : $"; there are {string.Join(", ", known.Select(hook => hook.Name))}")}.").ConfigureAwait(false);
                return AcmeExitCode.Error;
            }

            if (run.Console.IsJson) await run.Console.JsonAsync(new HookTestAnswer(result), ReadableJson.Answers.HookTestAnswer).ConfigureAwait(false);
            else foreach (var line in TestText.Lines(result)) await run.Console.LineAsync(line).ConfigureAwait(false);
            return result.Outcome is AcmeHookTestOutcome.Done or AcmeHookTestOutcome.NotSupported ? AcmeExitCode.Done : AcmeExitCode.Error;
        },
        cancellationToken);
}
