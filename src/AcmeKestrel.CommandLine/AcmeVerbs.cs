using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using AcmeKestrel.CommandLine.Completing;
using AcmeKestrel.CommandLine.Importing;
using AcmeKestrel.CommandLine.Verbs;
using AcmeKestrel.CommandLine.Verbs.Accounts;
using AcmeKestrel.CommandLine.Verbs.Tests;

namespace AcmeKestrel.CommandLine;

/// <summary>All verbs, as <c>acme --help</c> lists them.</summary>
internal static class AcmeVerbs
{
    public static Option<bool> Json { get; } = new("--json") { Description = "Prints the answer as JSON.", Recursive = true };

    /// <summary>Words that stand before others, and what they are about.</summary>
    public static IReadOnlyDictionary<string, string> Groups { get; } = new Dictionary<string, string>
    {
        ["account"] = "Works on the accounts at CAs.",
        ["test"] = "Tries what certificates depend on, and changes nothing.",
        ["store"] = "Works on the stores that a state can be kept in.",
        ["import"] = "Takes over accounts and certificates of another ACME client without a new order.",
    };

    public static IReadOnlyList<Verb> All() =>
    [
        new InitVerb(),
        new StatusVerb(), new ExplainVerb(), new PlanVerb(), new CheckVerb(), new RequestsVerb(),
        new WantVerb(), new UnwantVerb(), new IssueVerb(),
        new ReconcileVerb(), new RenewVerb(), new RetryVerb(), new HoldVerb(), new ReleaseVerb(), new RollBackVerb(), new RevokeVerb(),
        new ListAccountsVerb(), new ShowAccountVerb(), new UpdateAccountVerb(), new RollOverVerb(), new RecoverAccountVerb(), new DeactivateAccountVerb(), new ExportAccountVerb(), new ImportAccountVerb(),
        new ImportClientVerb("certbot", CertbotFolder.Usual, CertbotFolder.Read), new ImportClientVerb("lego", LegoFolder.Usual, LegoFolder.Read), new ImportClientVerb("acmetool", AcmetoolFolder.Usual, AcmetoolFolder.Read), new ImportLettuceEncryptVerb(),
        new TestHttpVerb(), new TestHookVerb(), new TestStagingVerb(),
        new DoctorVerb(),
        new BackupVerb(), new RestoreVerb(), new CopyStoreVerb(),
    ];

    /// <param name="run">Runs a verb's words.</param>
    public static RootCommand Root(Func<Verb, ParseResult, CancellationToken, Task<int>> run)
    {
        var acme = new Command(AcmeInvocation.FirstWord, "Works on this application's certificates.") { Json };
        var groups = Groups.ToDictionary(group => group.Key, group => new Command(group.Key, group.Value));
        var examples = new Dictionary<Command, IReadOnlyList<string>>();
        foreach (var verb in All())
        {
            var command = verb.Command;
            examples[command] = verb.Examples;
            command.SetAction((words, cancellationToken) => run(verb, words, cancellationToken));
            (verb.Group is { } group ? groups[group] : acme).Add(command);
        }

        foreach (var group in groups.Values) acme.Add(group);

        var completion = CompletionCommand.Create();
        examples[completion] = CompletionCommand.Examples;
        acme.Add(completion);
        var root = new RootCommand("An application with automatic TLS.") { acme };
        var help = root.Options.OfType<HelpOption>().Single();
        help.Action = new HelpWithExamples((SynchronousCommandLineAction)help.Action!, examples);
        return root;
    }
}
