namespace AcmeKestrel.CommandLine.Verbs;

/// <summary>Tries certificates at the staging directories of their CAs, one after the other.</summary>
internal static class DryRuns
{
    /// <param name="label">Null: all that are wished.</param>
    public static Task<int> RunAsync(VerbRun run, string? label, CancellationToken cancellationToken) => run.Workplace.WorkAsync(
        async (certificates, _, token) =>
        {
            var labels = label is null ? [.. (await KnownStatuses.AllAsync(certificates, token).ConfigureAwait(false)).Select(status => status.Label)] : new List<string> { label };
            var results = new List<AcmeDryRunResult>();
            foreach (var one in labels)
            {
                await run.Console.ProgressAsync($"{one}: trying").ConfigureAwait(false);
                if (await certificates.DryRunAsync(one, token).ConfigureAwait(false) is { } result) results.Add(result);
            }

            await run.Console.ProgressOverAsync().ConfigureAwait(false);
            if (results.Count == 0) return await run.Console.NothingWishedAsync(string.Join(", ", labels)).ConfigureAwait(false);

            if (run.Console.IsJson) await run.Console.JsonAsync(new DryRunAnswer(results), ReadableJson.Answers.DryRunAnswer).ConfigureAwait(false);
            else foreach (var result in results) await run.Console.LineAsync(Line(result)).ConfigureAwait(false);
            var failed = results.Count(result => !result.IsGood);
            return failed == 0 ? AcmeExitCode.Done : failed < results.Count ? AcmeExitCode.SomeFailed : AcmeExitCode.Error;
        },
        cancellationToken);

    private static string Line(AcmeDryRunResult result) => result.IsGood
        ? $"{result.Label}: it would work: {result.Provider} gave a certificate for {string.Join(", ", result.Names)}, validated by {result.ChallengeType}; it is thrown away"
        : $"{result.Label}: it would not work: {result.Problem}";
}
