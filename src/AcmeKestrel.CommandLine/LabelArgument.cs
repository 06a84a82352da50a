using System.CommandLine;
using System.CommandLine.Parsing;
using AcmeKestrel.Certificates;

namespace AcmeKestrel.CommandLine;

/// <summary>A label as a person writes it: it may be in capitals, and where it is a name, in Unicode.</summary>
internal static class LabelArgument
{
    private const string Name = "label";

    public static Argument<string> Of(string description) => new(Name) { Description = description, CustomParser = result => Canonical(result.Tokens[0].Value) };

    /// <summary>Null where it is left out.</summary>
    public static Argument<string?> OrNone(string description) => new(Name) { Description = description, Arity = ArgumentArity.ZeroOrOne, CustomParser = Read };

    /// <summary>As an option; null as above.</summary>
    public static Option<string?> AsOption(string description) => new($"--{Name}") { Description = description, CustomParser = Read };

    private static string? Read(ArgumentResult result) => result.Tokens is [var token, ..] ? Canonical(token.Value) : null;

    /// <summary>No two labels differ in case alone. A word that can be none stays as it is, for the message.</summary>
    private static string Canonical(string text)
    {
        if (AcmeIdentifier.TryParse(text, out var name, out _)) return name.Value;

        return text.All(character => char.IsAsciiLetterOrDigit(character) || character is '.' or '-' or '_') ? text.ToLowerInvariant() : text;
    }
}
