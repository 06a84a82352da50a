using System.CommandLine;
using Microsoft.Extensions.DependencyInjection;

namespace AcmeKestrel.CommandLine.Verbs;

/// <summary><c>unwant label</c>: takes such a wish back.</summary>
internal sealed class UnwantVerb : Verb
{
    private readonly Argument<string> _label = LabelArgument.Of("The certificate, by its label.");

    public override IReadOnlyList<string> Examples => ["unwant shop.example.com"];

    public override Command Command => new("unwant", "Takes back what 'acme want' wished: removes the file desired/<label>. It is renewed no more; what is stored of it stays and is served as long as it is good.") { _label };

    public override async Task<int> RunAsync(VerbRun run, CancellationToken cancellationToken)
    {
        var file = run.App.Services.GetRequiredService<IAcmeState>().Unwant(run.Words.GetRequiredValue(_label));
        if (run.Console.IsJson) await run.Console.JsonAsync(new WishAnswer(file.Label, file.Path, file.IsChanged), ReadableJson.Answers.WishAnswer).ConfigureAwait(false);
        else await run.Console.LineAsync(file.IsChanged ? $"{file.Label}: {file.Path} is removed" : $"{file.Label}: there is no file {file.Path}; 'acme status {file.Label}' says who wishes it").ConfigureAwait(false);
        return AcmeExitCode.Done;
    }
}
