using System.CommandLine;

namespace AcmeKestrel.CommandLine.Verbs.Tests;

/// <summary><c>test http [name...]</c>: whether a CA would find the answer.</summary>
internal sealed class TestHttpVerb : Verb
{
    private const int AtOnce = 8;

    private readonly Argument<string[]> _names = new("name") { Description = "Names to look for, wished or not; without any, all that are wished.", Arity = ArgumentArity.ZeroOrMore };

    public override string Group => "test";

    public override IReadOnlyList<string> Examples => ["test http", "test http shop.example.com www.shop.example.com"];

    public override Command Command => new("http", "Shows whether a CA would find an http-01 answer: lays one out, and looks for it at each address of a name, as far as this machine sees. Asks no CA. Exit code: 0 all names are well, 3 some, 1 none.") { _names };

    public override Task<int> RunAsync(VerbRun run, CancellationToken cancellationToken) => run.Workplace.WorkAsync(
        async (certificates, _, token) =>
        {
            IReadOnlyList<string> names = run.Words.GetValue(_names) is { Length: > 0 } given ? given : await WishedAsync(certificates, token).ConfigureAwait(false);
            if (names.Count == 0)
            {
                await run.Console.ErrorAsync("No name is wished that could be looked for over http. 'acme test http <name>' looks for one that is not wished yet.").ConfigureAwait(false);
                return AcmeExitCode.Error;
            }

            await run.Console.ProgressAsync($"looking for {(names.Count == 1 ? names[0] : $"{names.Count} names")}").ConfigureAwait(false);
            var results = new AcmeHttpTestResult[names.Count];
            await Parallel.ForEachAsync(
                Enumerable.Range(0, names.Count),
                new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = token },
                async (place, each) => results[place] = await certificates.TestHttpAsync(names[place], each).ConfigureAwait(false)).ConfigureAwait(false);
            await run.Console.ProgressOverAsync().ConfigureAwait(false);
            return await TellAsync(run.Console, results).ConfigureAwait(false);
        },
        cancellationToken);

    /// <summary>A wildcard is proved by DNS alone.</summary>
    private static async Task<IReadOnlyList<string>> WishedAsync(IAcmeCertificates certificates, CancellationToken cancellationToken) =>
        [.. (await KnownStatuses.AllAsync(certificates, cancellationToken).ConfigureAwait(false)).SelectMany(status => status.Names).Where(name => !name.StartsWith('*')).Distinct(StringComparer.Ordinal)];

    private static async Task<int> TellAsync(VerbConsole console, AcmeHttpTestResult[] results)
    {
        if (console.IsJson) await console.JsonAsync(new HttpTestAnswer([.. results.Select(TestText.Of)]), ReadableJson.Answers.HttpTestAnswer).ConfigureAwait(false);
        else foreach (var line in results.SelectMany(TestText.Lines)) await console.LineAsync(line).ConfigureAwait(false);

        var good = results.Count(result => result.IsGood);
        return good == results.Length ? AcmeExitCode.Done : good > 0 ? AcmeExitCode.SomeFailed : AcmeExitCode.Error;
    }
}
