using System.CommandLine;
using Microsoft.Extensions.DependencyInjection;

namespace AcmeKestrel.CommandLine.Verbs;

/// <summary><c>explain label</c>: as a person would tell it.</summary>
internal sealed class ExplainVerb : Verb
{
    private readonly Argument<string> _label = LabelArgument.Of("The certificate, by its label.");

    public override bool IsLook => true;

    public override IReadOnlyList<string> Examples => ["explain shop.example.com"];

    public override Command Command => new("explain", "Tells of one certificate what is wished and where, what is served, what went wrong last, what happens next and when, and what to do.") { _label };

    public override async Task<int> RunAsync(VerbRun run, CancellationToken cancellationToken)
    {
        var state = run.App.Services.GetRequiredService<IAcmeState>();
        var label = run.Words.GetRequiredValue(_label);
        var server = await state.FindServerAsync(cancellationToken).ConfigureAwait(false);
        var plans = await state.PlanAsync(cancellationToken).ConfigureAwait(false);
        var plan = plans.FirstOrDefault(known => known.Label == label || known.Status?.Names.Contains(label) is true) ?? Refused(plans, label) ?? plans.FirstOrDefault(known => known.Status is { } status && WildcardName.Covers(status.Names, label));
        if (plan is null)
        {
            await run.Console.ErrorAsync($"Nothing is wished under '{label}', and no certificate has that name. 'acme status' lists what is wished; 'acme want {label}' wishes it.").ConfigureAwait(false);
            return AcmeExitCode.Error;
        }

        var live = server is null ? null : await server.Certificates.GetAsync(plan.Label, cancellationToken).ConfigureAwait(false);
        var sentences = Explanation.Of(plan, live, run.App.Services.GetRequiredService<TimeProvider>().GetUtcNow());
        if (run.Console.IsJson)
        {
            await run.Console.JsonAsync(new ExplainAnswer(plan.Label, sentences, plan, live ?? plan.Status), ReadableJson.Answers.ExplainAnswer).ConfigureAwait(false);
            return AcmeExitCode.Done;
        }

        foreach (var sentence in sentences) await run.Console.LineAsync(sentence).ConfigureAwait(false);
        return AcmeExitCode.Done;
    }

    private static AcmePlannedCertificate? Refused(IReadOnlyList<AcmePlannedCertificate> plans, string label) =>
        DesiredEntry.Find(plans.Select(plan => plan.Status).OfType<AcmeCertificateStatus>(), label) is { } entry ? plans.First(plan => plan.Status == entry) : null;
}
