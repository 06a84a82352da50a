using System.Text.RegularExpressions;

namespace AcmeKestrel.Tests.CommandLine;

/// <summary>Whatever a script passes on as a name: it is a name, or refused in a sentence, and no file appears but where wishes lie.</summary>
public sealed partial class HostileWordTests : CommandScene
{
    public static TheoryData<string> Words =>
    [
        "../../../etc/passwd", "..", "/etc/passwd", "a\0.test", "a\n.test", "-", "*", "CON", "nul.test", "aux.", "SHOP.Test", "bücher.test", "\u202Etset.pohs", "2001:db8::1", "[::1]", "$(id).test",
        new string('a', 300), $"{new string('a', 300)}.test", LongestName,
    ];

    /// <summary>253 characters, the most that DNS has.</summary>
    private static string LongestName { get; } = string.Join('.', Enumerable.Repeat(new string('a', 63), 3).Append(new string('b', 56)).Append("test"));

    [Theory]
    [MemberData(nameof(Words))]
    public async Task A_hostile_word_is_no_harm_to_any_verb(string word)
    {
        Behaviour.Validator = (_, _) => ValueTask.FromResult<AcmeKestrel.LocalCa.ChallengeProblem?>(new("connection", "nobody is there"));
        var beside = Beside();
        foreach (var verb in new string[][] { ["want"], ["hold"], ["retry"], ["issue"], ["renew", "--force"], ["explain"], ["status"], ["rollback", "--yes"], ["revoke", "--reason", "superseded", "--yes"], ["unwant"] })
        {
            var said = await AcmeAsync([.. verb, "--", word]);

            Assert.InRange(said.Exit, 0, 3);
            Assert.DoesNotContain("   at ", said.Text + said.Errors, StringComparison.Ordinal);
            Assert.True(said.Exit == 0 || said.Errors.Length + said.Text.Length > 0, verb[0]);
            Assert.Equal(beside, Beside());
            if (verb[0] is "want" && Directory.Exists(State)) Assert.All(Directory.GetFileSystemEntries(Path.Combine(State, "desired")), path => Assert.Matches(HarmlessName(), Path.GetFileName(path)));
        }
    }

    private List<string> Beside() => [.. Directory.GetFileSystemEntries(Path.GetDirectoryName(State)!).Where(path => path != State)];

    [GeneratedRegex("^[a-z0-9_][a-z0-9.:_-]{0,252}$")]
    private static partial Regex HarmlessName();
}
