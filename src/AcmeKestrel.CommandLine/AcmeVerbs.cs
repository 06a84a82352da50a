using System.CommandLine;
using AcmeKestrel.CommandLine.Verbs;

namespace AcmeKestrel.CommandLine;

/// <summary>All verbs, as <c>acme --help</c> lists them.</summary>
internal static class AcmeVerbs
{
    public static Option<bool> Json { get; } = new("--json") { Description = "Prints the answer as JSON.", Recursive = true };

    public static IReadOnlyList<Verb> All() =>
    [
        new StatusVerb(), new ExplainVerb(), new PlanVerb(), new CheckVerb(),
        new WantVerb(), new UnwantVerb(), new IssueVerb(),
        new ReconcileVerb(), new RenewVerb(), new RetryVerb(), new HoldVerb(), new ReleaseVerb(), new RollBackVerb(), new RevokeVerb(),
    ];

    /// <param name="run">Runs a verb's words.</param>
    public static RootCommand Root(Func<Verb, ParseResult, CancellationToken, Task<int>> run)
    {
        var acme = new Command(AcmeInvocation.FirstWord, "Works on this application's certificates.") { Json };
        foreach (var verb in All())
        {
            var command = verb.Command;
            command.SetAction((words, cancellationToken) => run(verb, words, cancellationToken));
            acme.Add(command);
        }

        return new RootCommand("An application with automatic TLS.") { acme };
    }
}
