using System.CommandLine;
using Microsoft.Extensions.DependencyInjection;

namespace AcmeKestrel.CommandLine.Verbs;

/// <summary><c>plan</c>: what would be done now, and why.</summary>
internal sealed class PlanVerb : Verb
{
    public override bool IsLook => true;

    public override IReadOnlyList<string> Examples => ["plan", "plan --json"];

    public override Command Command => new("plan", "Tells what would be done next for each certificate, and why. Reads the state; asks no CA and changes nothing.");

    public override async Task<int> RunAsync(VerbRun run, CancellationToken cancellationToken)
    {
        var state = run.App.Services.GetRequiredService<IAcmeState>();
        var plans = await state.PlanAsync(cancellationToken).ConfigureAwait(false);
        if (run.Console.IsJson)
        {
            await run.Console.JsonAsync(new PlanAnswer(state.Directory, plans), ReadableJson.Answers.PlanAnswer).ConfigureAwait(false);
            return AcmeExitCode.Done;
        }

        foreach (var plan in plans) await run.Console.LineAsync(PlanText.Of(plan)).ConfigureAwait(false);
        if (plans.Count == 0) await run.Console.LineAsync("No certificate is wished.").ConfigureAwait(false);
        return AcmeExitCode.Done;
    }
}
