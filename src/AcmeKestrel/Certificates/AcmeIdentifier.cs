using System.Diagnostics.CodeAnalysis;

namespace AcmeKestrel.Certificates;

/// <summary>A name or address a certificate is for, in the one form a CA accepts: A-labels in lower case without a trailing dot, or canonical IP text.</summary>
public sealed record AcmeIdentifier
{
    private AcmeIdentifier(AcmeIdentifierType type, string value) => (Type, Value) = (type, value);

    /// <summary>Whether this is a host name or an address.</summary>
    public AcmeIdentifierType Type { get; }

    /// <summary>The canonical text, the exact value of the <c>value</c> member in an order.</summary>
    public string Value { get; }

    /// <summary>Whether the name begins with <c>*.</c>.</summary>
    public bool IsWildcard => DomainName.IsWildcard(Value);

    /// <summary>Without <c>*.</c>: what a CA's authorization for it names (RFC 8555 section 7.1.4).</summary>
    internal string BareName => IsWildcard ? Value[2..] : Value;

    /// <summary>Parses and canonicalises; <paramref name="error"/> is a sentence that quotes the text and says what is wrong with it.</summary>
    public static bool TryParse(string text, [NotNullWhen(true)] out AcmeIdentifier? identifier, [NotNullWhen(false)] out string? error)
    {
        ArgumentNullException.ThrowIfNull(text);
        var isAddress = AddressText.LooksLikeAddress(text);
        var fault = isAddress ? AddressText.TryCanonicalise(text, out var canonical) : DomainName.TryCanonicalise(text, out canonical);
        error = fault is null ? null : $"'{Quotable(text)}' {fault}";

        // One text for all who have it: of a hundred thousand names most are written as they are kept.
        identifier = fault is null ? new AcmeIdentifier(isAddress ? AcmeIdentifierType.Ip : AcmeIdentifierType.Dns, canonical == text ? text : canonical) : null;
        return fault is null;
    }

    /// <summary>Parses and canonicalises.</summary>
    /// <exception cref="FormatException">The text is no name and no address that a CA could certify.</exception>
    public static AcmeIdentifier Parse(string text) =>
        TryParse(text, out var identifier, out var error) ? identifier : throw new FormatException(error);

    /// <inheritdoc/>
    public override string ToString() => Value;

    /// <summary>Hostile text must neither flood a message nor forge a line of a log.</summary>
    private static string Quotable(string text)
    {
        var start = text.Length > 100 ? text[..100] + "..." : text;
        return string.Concat(start.Select(character => PlainText.IsUnsafe(character) || char.IsSurrogate(character) ? '?' : character));
    }
}
