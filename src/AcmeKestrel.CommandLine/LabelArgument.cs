using System.CommandLine;
using AcmeKestrel.Certificates;

namespace AcmeKestrel.CommandLine;

/// <summary>A label as a person writes it: a name may be in Unicode or in capitals.</summary>
internal static class LabelArgument
{
    private const string Name = "label";

    public static Argument<string> Of(string description) => new(Name) { Description = description, CustomParser = result => Canonical(result.Tokens[0].Value) };

    /// <summary>Null where it is left out.</summary>
    public static Argument<string?> OrNone(string description) =>
        new(Name) { Description = description, Arity = ArgumentArity.ZeroOrOne, CustomParser = result => result.Tokens is [var token, ..] ? Canonical(token.Value) : null };

    /// <summary>A word that is no name stays as it is: a hand may have written a folder's name.</summary>
    private static string Canonical(string text) => AcmeIdentifier.TryParse(text, out var name, out _) ? name.Value : text;
}
