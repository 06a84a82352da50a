using System.CommandLine;
using Microsoft.Extensions.DependencyInjection;

namespace AcmeKestrel.CommandLine.Verbs;

/// <summary><c>want name...</c>: a wish as a file.</summary>
internal sealed class WantVerb : Verb
{
    private readonly WishWords _wish = new();

    public override IReadOnlyList<string> Examples => ["want shop.example.com www.shop.example.com", "want shop.example.com --provider zerossl --key-type P384"];

    public override Command Command
    {
        get
        {
            var command = new Command("want", "Wishes a certificate: writes the file desired/<label> in the state directory. A server that runs orders it at once.");
            _wish.AddTo(command);
            return command;
        }
    }

    public override async Task<int> RunAsync(VerbRun run, CancellationToken cancellationToken)
    {
        var state = run.App.Services.GetRequiredService<IAcmeState>();
        var wished = _wish.Of(run.Words);
        if (!state.Exists) await run.Console.StateAsync(state).ConfigureAwait(false);

        var file = state.Want(wished);
        if (run.Console.IsJson) await run.Console.JsonAsync(new WishAnswer(file.Label, file.Path, file.IsChanged), ReadableJson.Answers.WishAnswer).ConfigureAwait(false);
        else await run.Console.LineAsync($"{file.Label}: wished by {file.Path}{(file.IsChanged ? "" : ", as before")}").ConfigureAwait(false);
        return AcmeExitCode.Done;
    }
}
