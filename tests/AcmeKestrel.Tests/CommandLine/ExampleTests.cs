using System.CommandLine;
using System.CommandLine.Parsing;
using AcmeKestrel.CommandLine;

namespace AcmeKestrel.Tests.CommandLine;

/// <summary>The help of each verb ends with examples, which are understood, and the page tells of each verb.</summary>
public sealed class ExampleTests : CommandScene
{
    private static RootCommand Root => AcmeVerbs.Root((_, _, _) => Task.FromResult(0));

    public static TheoryData<string> Verbs => [.. Leaves(Root.Subcommands.Single()).Select(PathOf)];

    [Theory]
    [MemberData(nameof(Verbs))]
    public async Task The_examples_of_a_verb_are_its_own_and_are_understood(string verb)
    {
        var help = await AcmeAsync([.. verb.Split(' '), "--help"]);

        Assert.Equal(0, help.Exit);
        var examples = help.Output.SkipWhile(line => line != "Examples:").Skip(1).Select(line => line.Trim()).ToList();
        Assert.InRange(examples.Count, 1, 3);
        foreach (var example in examples)
        {
            Assert.StartsWith($"app acme {verb}", example, StringComparison.Ordinal);
            var parsed = Root.Parse([.. CommandLineParser.SplitCommandLine(example).Skip(1)]);
            Assert.True(parsed.Errors.Count == 0, $"{example}: {string.Join(' ', parsed.Errors.Select(error => error.Message))}");
            Assert.Equal(verb, PathOf(parsed.CommandResult.Command));
        }
    }

    [Fact]
    public async Task The_page_tells_of_each_verb()
    {
        var table = (await File.ReadAllLinesAsync(Path.Combine(Repository.Root, "docs", "commands.md"), Token)).Where(line => line.StartsWith("| `", StringComparison.Ordinal)).ToList();

        foreach (var verb in Verbs.Select(row => row.Data))
        {
            var (group, word) = verb.Split(' ') is [var first, var second] ? (first, second) : ("", verb);
            Assert.True(table.Exists(line => line.Contains($"`{verb}", StringComparison.Ordinal) || (group.Length > 0 && line.Contains($"`{group} ", StringComparison.Ordinal) && line.Contains(word, StringComparison.Ordinal))), $"docs/commands.md does not tell of {verb}");
        }
    }

    private static IEnumerable<Command> Leaves(Command command) => command.Subcommands.Count == 0 ? [command] : command.Subcommands.SelectMany(Leaves);

    private static string PathOf(Command command) => command.Parents.OfType<Command>().FirstOrDefault() is { Name: not "acme" } above and not RootCommand ? $"{above.Name} {command.Name}" : command.Name;
}
