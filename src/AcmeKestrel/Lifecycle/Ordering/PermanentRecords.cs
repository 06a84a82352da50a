using AcmeKestrel.Certificates;
using AcmeKestrel.Lifecycle.Planning;
using AcmeKestrel.Protocol;
using AcmeKestrel.Zones;

namespace AcmeKestrel.Lifecycle.Ordering;

/// <summary>The records of dns-persist-01 that an order needs. The operator sets them, in his own time: an order that has to wait for one says which, and that is nobody's failure.</summary>
internal static class PermanentRecords
{
    private const int MostTold = 5;

    private static readonly TimeSpan FirstPause = TimeSpan.FromMinutes(1);

    private static readonly TimeSpan LongestPause = TimeSpan.FromHours(1);

    /// <summary>A name and the wildcard below it are proven by one record.</summary>
    /// <param name="names">With how the CA wants the record of each.</param>
    /// <param name="account">Whose order it is.</param>
    /// <param name="isCertain">Challenges said so.</param>
    public static IReadOnlyList<PersistRecord> Of(IEnumerable<(AcmeIdentifier Name, PersistOffer Offer)> names, AcmeAccount account, bool isCertain) =>
        [.. names.GroupBy(name => name.Name.BareName, StringComparer.Ordinal).Select(of => of.First().Offer.RecordOf(of.Key, of.Any(name => name.Name.IsWildcard), account, isCertain))];

    /// <summary>Those of an order's challenges.</summary>
    public static IReadOnlyList<PersistRecord> Of(IEnumerable<ChosenChallenge> chosen, AcmeAccount account) =>
        Of(chosen.Where(challenge => challenge.Permanent is not null).Select(challenge => (AcmeIdentifier.Parse(challenge.Identifier), challenge.Permanent!)), account, isCertain: true);

    /// <summary>Where another type would do it is that one's turn, as after any proof that came to nothing; else the operator is waited for.</summary>
    /// <param name="names">Those that the records are for, and others.</param>
    /// <param name="missing">Why they are none, by domain.</param>
    public static async Task<StepResult> MissAsync(
        OrderRun run, IEnumerable<AcmeIdentifier> names, IReadOnlyList<PersistRecord> records, IReadOnlyDictionary<string, string> missing, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var others = run.Order.Challenges.Where(type => type != ChallengeTypes.DnsPersist01).ToList();
        var without = names.Where(name => missing.ContainsKey(name.BareName)).ToList();
        if (!without.All(name => others.Exists(type => !name.IsWildcard || ChallengeTypes.IsByDns(type)))) return await WaitAsync(run, Tell(records, missing), now, cancellationToken).ConfigureAwait(false);

        return PreparingStep.Failed(OrderFailureKind.Validation, without.ToDictionary(
            name => name.Value,
            name => $"{ChallengeTypes.DnsPersist01}: {missing[name.BareName]}; set it once, and let it stay: {records.First(record => record.Domain == name.BareName).Line}",
            StringComparer.Ordinal));
    }

    /// <summary>One sentence for each.</summary>
    /// <param name="missing">Why they are none, by domain.</param>
    private static string Tell(IReadOnlyList<PersistRecord> records, IReadOnlyDictionary<string, string> missing)
    {
        var told = records.Where(record => missing.ContainsKey(record.Domain)).Take(MostTold).Select(record => $"{record.Domain}: {missing[record.Domain]}; set it once, and let it stay: {record.Line}");
        return string.Join("; ", told) + (missing.Count > MostTold ? $"; and {missing.Count - MostTold} more" : "");
    }

    /// <summary>Waits for the operator, and keeps what for, so that a process that only looks can tell.</summary>
    private static async Task<StepResult> WaitAsync(OrderRun run, string told, DateTimeOffset now, CancellationToken cancellationToken)
    {
        await run.AwaitAsync(told, cancellationToken).ConfigureAwait(false);
        var pause = FirstPause * Math.Pow(2, Math.Min(run.PermanentLooks++, 10));
        return new StepResult.WaitUntil(now + (pause < LongestPause ? pause : LongestPause)) { IsOurs = true, IsForHuman = true, For = told };
    }
}
