using System.CommandLine;
using Microsoft.Extensions.DependencyInjection;

namespace AcmeKestrel.CommandLine.Verbs;

/// <summary><c>want name...</c>: a wish as a file.</summary>
internal sealed class WantVerb : Verb
{
    private readonly Argument<string[]> _names = new("names") { Description = "The names of one certificate; the first labels it.", Arity = ArgumentArity.OneOrMore };
    private readonly Option<string?> _label = new("--label") { Description = "Another label than the first name." };

    public override Command Command => new("want", "Wishes a certificate: writes the file desired/<label> in the state directory. A server that runs orders it at once.") { _names, _label };

    public override async Task<int> RunAsync(VerbRun run, CancellationToken cancellationToken)
    {
        var file = run.App.Services.GetRequiredService<IAcmeState>().Want(new AcmeCertificateRequest(run.Words.GetRequiredValue(_names)) { Label = run.Words.GetValue(_label) });
        if (run.Console.IsJson) await run.Console.JsonAsync(new WishAnswer(file.Label, file.Path, file.IsChanged), ReadableJson.Answers.WishAnswer).ConfigureAwait(false);
        else await run.Console.LineAsync($"{file.Label}: wished by {file.Path}{(file.IsChanged ? "" : ", as before")}").ConfigureAwait(false);
        return AcmeExitCode.Done;
    }
}
