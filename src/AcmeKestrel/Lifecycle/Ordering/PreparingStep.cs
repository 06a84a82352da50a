using AcmeKestrel.Certificates;
using AcmeKestrel.Diagnostics;
using AcmeKestrel.Lifecycle.Planning;
using AcmeKestrel.Lifecycle.Proving;
using AcmeKestrel.Protocol;
using Microsoft.Extensions.Logging;

namespace AcmeKestrel.Lifecycle.Ordering;

/// <summary>Writes the records that the chosen challenges need into DNS, and waits until all its servers show them: a CA that is told too soon finds nothing, and the name has failed (RFC 8555 section 8.4).</summary>
internal sealed class PreparingStep(DnsDesk desk, TimeProvider time, ILogger logger)
{
    /// <summary>A task ends by its own deadline; this is for one that does not.</summary>
    public static readonly TimeSpan LongestTask = TimeSpan.FromMinutes(10);

    public async Task<StepResult> RunAsync(OrderRun run, OrderProgress.Preparing preparing, AcmeAccount account, CancellationToken cancellationToken)
    {
        if (await LookForPermanentAsync(run, preparing, account, cancellationToken).ConfigureAwait(false) is { } notYet) return notYet;

        run.Preparation ??= Begin(run, preparing, account);
        var now = time.GetUtcNow();
        switch (await run.Preparation.GoAsync(desk.Settings, now).ConfigureAwait(false))
        {
            case DnsProgress.Working(var task, var what):
                return new StepResult.WaitUntil(now + LongestTask) { IsOurs = true, Sooner = task, For = what };

            case DnsProgress.Waiting(var until, var what):
                return new StepResult.WaitUntil(until) { IsOurs = true, For = what };

            case DnsProgress.Failed(var names):
                return Failed(OrderFailureKind.Validation, names.ToDictionary(name => name.Key, name => $"{preparing.Challenges.First(challenge => challenge.Identifier == name.Key).Type}: {name.Value}", StringComparer.Ordinal));

            default:
                await run.AdvanceAsync(new OrderProgress.Answering(preparing.OrderUrl, preparing.Expires, preparing.Challenges), cancellationToken).ConfigureAwait(false);
                if (run.Preparation.PassedOver is { } passedOver) Remark(run, passedOver);
                return StepResult.Advanced;
        }
    }

    /// <summary>A CA that asks the one that was passed over finds nothing.</summary>
    private void Remark(OrderRun run, string passedOver)
    {
        run.Remark = run.Remark is { } earlier ? $"{earlier}; {passedOver}" : passedOver;
        logger.ServersPassedOver(run.Order.Label, passedOver);
    }

    /// <summary>Records that the operator has set: what the challenge says of them counts, which before the order could only be guessed. Null: they stand as they should, as far as is to be seen.</summary>
    private async Task<StepResult?> LookForPermanentAsync(OrderRun run, OrderProgress.Preparing preparing, AcmeAccount account, CancellationToken cancellationToken)
    {
        var records = PermanentRecords.Of(preparing.Challenges, account);
        if (records.Count == 0 || run.HasPermanent || !desk.CanLookForPermanent) return null;

        var look = run.PermanentLook ??= desk.LookForPermanentAsync(run.WokenLabel, records, CancellationToken.None);
        if (!look.IsCompleted) return new StepResult.WaitUntil(time.GetUtcNow() + LongestTask) { IsOurs = true, Sooner = look, For = "its permanent DNS records are looked for" };

        run.PermanentLook = null;
        var missing = await look.ConfigureAwait(false);
        run.HasPermanent = missing.Count == 0;
        if (run.HasPermanent) return null;

        var names = preparing.Challenges.Where(challenge => challenge.Permanent is not null).Select(challenge => AcmeIdentifier.Parse(challenge.Identifier));
        return await PermanentRecords.MissAsync(run, names, records, missing, time.GetUtcNow(), cancellationToken).ConfigureAwait(false);
    }

    private DnsPreparation Begin(OrderRun run, OrderProgress.Preparing preparing, AcmeAccount account)
    {
        var proofs = preparing.Challenges.Where(challenge => ChallengeTypes.IsWritten(challenge.Type))
            .Select(challenge => (Challenge: challenge, Name: AcmeIdentifier.Parse(challenge.Identifier)))
            .Select(of => new DnsProof(of.Name, DnsProof.RecordNameOf(of.Name, of.Challenge.Type, account.Url), of.Challenge.Token, account.Key.KeyAuthorization(of.Challenge.Token))).ToList();
        var (session, label, named) = (run.Session, run.Order.Label, run.Order.Dns);
        var woken = run.WokenLabel;

        // Not the step's token: the work outlives the step, and has deadlines of its own.
        return new DnsPreparation(
            () => desk.WriteAsync(session, label, woken, named, proofs, CancellationToken.None),
            desk.CanLook ? plans => desk.LookAsync(woken, plans, CancellationToken.None) : null);
    }

    /// <param name="names">Why, by name.</param>
    public static StepResult.Failed Failed(OrderFailureKind kind, IReadOnlyDictionary<string, string> names) =>
        new(new OrderFailure(kind, string.Join("; ", names.Take(5).Select(name => $"{name.Key}: {name.Value}")), names)) { IsOurs = true };
}
