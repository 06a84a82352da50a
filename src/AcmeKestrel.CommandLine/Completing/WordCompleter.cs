using System.CommandLine;
using System.CommandLine.Completions;

namespace AcmeKestrel.CommandLine.Completing;

/// <summary>What may stand at the cursor. Pure.</summary>
/// <param name="Words">Known without a look at anything.</param>
/// <param name="Kind">What else may stand there, which only the state or the configuration knows; null: nothing.</param>
internal sealed record WordCompleter(IReadOnlyList<string> Words, StateWord? Kind = null)
{
    /// <param name="before">The words after <c>acme</c> and before the one under the cursor.</param>
    public static WordCompleter Of(RootCommand root, string word, IReadOnlyList<string> before)
    {
        var parsed = root.Parse([AcmeInvocation.FirstWord, .. before]);
        var command = parsed.CommandResult.Command;
        if (parsed.UnmatchedTokens.Count > 0) return new WordCompleter([]);

        var options = command.Options.Concat(AncestorsOf(command).SelectMany(above => above.Options).Where(option => option.Recursive)).Where(option => !option.Hidden).ToList();
        if (before is [.., ['-', ..] last] && options.Find(option => NamesOf(option).Contains(last)) is { } valued && valued.Arity.MinimumNumberOfValues > 0) return Starting(ValuesOf(valued), word);
        if (word.StartsWith('-')) return Starting(new WordCompleter([.. options.Where(option => option.Arity.MaximumNumberOfValues > 1 || !NamesOf(option).Any(before.Contains)).Select(option => option.Name)]), word);

        var free = command.Arguments.FirstOrDefault(argument => (parsed.GetResult(argument)?.Tokens.Count ?? 0) < argument.Arity.MaximumNumberOfValues);
        var values = free is null ? new WordCompleter([]) : ValuesOf(free);
        return Starting(values with { Words = [.. command.Subcommands.Where(verb => !verb.Hidden).Select(verb => verb.Name), .. values.Words] }, word);
    }

    private static WordCompleter ValuesOf(Symbol symbol) => symbol.Name switch
    {
        "label" or "--label" => new([], StateWord.Label),
        "name" => new([], StateWord.Name),
        "email" or "--email" or "--of" => new([], StateWord.Mail),
        "hook" => new([], StateWord.Hook),
        _ => new([.. symbol.GetCompletions(CompletionContext.Empty).Select(item => item.Label)]),
    };

    private static IEnumerable<Command> AncestorsOf(Command command) =>
        command.Parents.OfType<Command>().SelectMany(parent => AncestorsOf(parent).Prepend(parent));

    private static IEnumerable<string> NamesOf(Option option) => option.Aliases.Prepend(option.Name);

    private static WordCompleter Starting(WordCompleter all, string word) => all with { Words = [.. all.Words.Where(one => one.StartsWith(word, StringComparison.Ordinal)).Distinct(StringComparer.Ordinal)] };
}

/// <summary>Words that only the state or the configuration knows.</summary>
internal enum StateWord
{
    Label,
    Name,
    Mail,
    Hook,
}
