using System.CommandLine;
using Microsoft.Extensions.DependencyInjection;

namespace AcmeKestrel.CommandLine.Verbs;

/// <summary><c>check</c>: one word and one exit code for a monitor.</summary>
internal sealed class CheckVerb : Verb
{
    public override bool IsLook => true;

    public override int ErrorCode => AcmeExitCode.Wrong;

    public override IReadOnlyList<string> Examples => ["check", "check --json"];

    public override Command Command => new("check", "For monitoring. Exit code: 0 all certificates are current, 1 something is due or being ordered, 2 something is wrong. Asks no CA.");

    public override async Task<int> RunAsync(VerbRun run, CancellationToken cancellationToken)
    {
        var state = run.App.Services.GetRequiredService<IAcmeState>();
        var time = run.App.Services.GetRequiredService<TimeProvider>();
        var statuses = await KnownStatuses.ReadAsync(state, await state.FindServerAsync(cancellationToken).ConfigureAwait(false), cancellationToken).ConfigureAwait(false);
        var all = statuses.Select(status => Check(status, time.GetUtcNow())).ToList();
        var outcome = all.Count == 0 ? CheckOutcome.Current : all.Max(one => one.Outcome);
        if (run.Console.IsJson) await run.Console.JsonAsync(new CheckAnswer(outcome, all), ReadableJson.Answers.CheckAnswer).ConfigureAwait(false);
        else await TellAsync(run.Console, all).ConfigureAwait(false);

        return outcome switch
        {
            CheckOutcome.Current => AcmeExitCode.Done,
            CheckOutcome.Due => AcmeExitCode.Due,
            _ => AcmeExitCode.Wrong,
        };
    }

    /// <summary>Pure. A certificate that is good for now and could not be renewed is wrong already: that is what a monitor is for.</summary>
    internal static CheckedCertificate Check(AcmeCertificateStatus status, DateTimeOffset now)
    {
        if (status.NotAfter is { } end && end <= now) return new(status.Label, CheckOutcome.Wrong, $"expired {AcmeStatusLine.Moment(end)}");
        return status.State switch
        {
            AcmeCertificateState.Served => new(status.Label, CheckOutcome.Current, status.NotAfter is { } good ? $"good until {AcmeStatusLine.Moment(good)}" : "good"),
            AcmeCertificateState.Waiting or AcmeCertificateState.Ordering => new(status.Label, CheckOutcome.Due, status.Reason ?? "due"),
            _ => new(status.Label, CheckOutcome.Wrong, status.Reason ?? "it is not known why"),
        };
    }

    private static async Task TellAsync(VerbConsole console, List<CheckedCertificate> all)
    {
        foreach (var one in all.Where(one => one.Outcome is not CheckOutcome.Current)) await console.LineAsync($"{one.Label}: {one.Outcome.ToString().ToLowerInvariant()}: {one.Reason}").ConfigureAwait(false);
        await console.LineAsync($"{all.Count(one => one.Outcome is CheckOutcome.Current)} of {all.Count} certificates are current.").ConfigureAwait(false);
    }
}
