using System.Text;
using System.Text.RegularExpressions;

namespace AcmeKestrel.Tests.CommandLine;

/// <summary>The session in docs/commands.md is what the commands print, but for moments, ids and paths.</summary>
public sealed partial class CommandsDocumentTests : CommandScene
{
    private static readonly string[][] Session =
    [
        ["status"],
        ["issue", "shop.test", "www.shop.test"],
        ["status"],
        ["explain", "shop.test"],
        ["plan"],
        ["check"],
        ["renew", "shop.test", "--force"],
        ["hold", "shop.test", "--reason", "moving house"],
        ["explain", "shop.test"],
        ["release", "shop.test"],
        ["rollback", "shop.test", "--yes"],
        ["revoke", "shop.test", "--reason", "superseded", "--yes"],
        ["want", "blog.test", "--key-type", "P384"],
        ["plan"],
        ["unwant", "blog.test"],
    ];

    private static string Page { get; } = Path.Combine(Repository.Root, "docs", "commands.md");

    [Fact]
    public async Task The_session_of_the_page_is_as_it_is_printed()
    {
        var session = await PlayAsync();
        var page = await File.ReadAllTextAsync(Page, Token);
        if (WrittenPages.AreWanted) await File.WriteAllTextAsync(Page, page = Block().Replace(page, _ => $"```console\n{session}```", 1), Token);

        Assert.Equal(Block().Match(page).Groups["session"].Value.ReplaceLineEndings("\n"), session);
    }

    private async Task<string> PlayAsync()
    {
        var text = new StringBuilder();
        foreach (var words in Session)
        {
            var said = await AcmeAsync(words);
            text.Append("$ app acme ").AppendJoin(' ', words.Select(word => word.Contains(' ', StringComparison.Ordinal) ? $"\"{word}\"" : word)).Append('\n');

            // Steps are told as they come, and a step that is over soon may be told or not.
            foreach (var line in said.Error.Where(line => !Step().IsMatch(line)).Concat(said.Output)) text.Append(Plain(line)).Append('\n');
            if (said.Exit != 0) text.Append("[exit code ").Append(said.Exit).Append("]\n");
        }

        return text.ToString();
    }

    private string Plain(string line) => Span().Replace(Moment().Replace(line.Replace(State, "/var/lib/app/acme", StringComparison.Ordinal), "2027-01-28 10:41:30Z"), "60 days");

    [GeneratedRegex(@"```console\n(?<session>.*?)```", RegexOptions.Singleline)]
    private static partial Regex Block();

    [GeneratedRegex(@"\d{4}-\d\d-\d\d \d\d:\d\d:\d\dZ")]
    private static partial Regex Moment();

    [GeneratedRegex(@"\d+ (days|hours|minutes|seconds)")]
    private static partial Regex Span();

    [GeneratedRegex(@"^[^ ]+: (at staging: )?(asking for an order|choosing the challenges|validating .*|finalizing|downloading the certificate)$")]
    private static partial Regex Step();
}
