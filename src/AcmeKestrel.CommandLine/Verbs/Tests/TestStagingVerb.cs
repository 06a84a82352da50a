using System.CommandLine;

namespace AcmeKestrel.CommandLine.Verbs.Tests;

/// <summary><c>test staging [label]</c>: another word for <c>renew --dry-run</c>.</summary>
internal sealed class TestStagingVerb : Verb
{
    private readonly Argument<string?> _label = LabelArgument.OrNone("One certificate, by its label; without it, all.");

    public override string Group => "test";

    public override IReadOnlyList<string> Examples => ["test staging", "test staging shop.example.com"];

    public override Command Command => new("staging", "Orders at the CA's staging directory, the whole way, and throws the certificate away, as 'acme renew --dry-run' does: nothing that is stored or served changes.") { _label };

    public override Task<int> RunAsync(VerbRun run, CancellationToken cancellationToken) => DryRuns.RunAsync(run, run.Words.GetValue(_label), cancellationToken);
}
