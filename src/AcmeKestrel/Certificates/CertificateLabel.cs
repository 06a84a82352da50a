using System.Buffers;
using System.Diagnostics.CodeAnalysis;

namespace AcmeKestrel.Certificates;

/// <summary>The name of a certificate on disk and in messages: a host name or address in canonical form, or a plain word in lower case, so that no two labels differ only where a file system or a configuration key does not.</summary>
internal static class CertificateLabel
{
    private const int MaxLength = 100;

    private static readonly SearchValues<char> WordCharacters = SearchValues.Create("abcdefghijklmnopqrstuvwxyz0123456789._-");

    /// <summary>Canonicalises; <paramref name="error"/> is a sentence.</summary>
    public static bool TryParse(string text, [NotNullWhen(true)] out string? label, [NotNullWhen(false)] out string? error)
    {
        label = AcmeIdentifier.TryParse(text, out var name, out error) ? name.Value : AsWord(text);
        error = label is null ? error + $" A label may also be a word of letters, digits, '.', '-' and '_', at most {MaxLength} long, that begins with a letter or digit." : null;
        return label is not null;
    }

    private static string? AsWord(string text)
    {
        var word = text.ToLowerInvariant();
        var plain = word.Length is > 0 and <= MaxLength && char.IsAsciiLetterOrDigit(word[0]) && word[^1] != '.' && !word.AsSpan().ContainsAnyExcept(WordCharacters);
        return plain ? word : null;
    }
}
