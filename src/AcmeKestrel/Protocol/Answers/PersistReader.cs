using System.Buffers;
using System.Text.Json;

namespace AcmeKestrel.Protocol.Answers;

/// <summary>Reads what CAs say of records of dns-persist-01 (draft-ietf-acme-dns-persist).</summary>
internal static class PersistReader
{
    /// <summary>In versions 00 and 01 of the draft.</summary>
    public const string Names00 = "issuer-domain-names";

    /// <summary>From version 02 on.</summary>
    public const string Names02 = "issuerDomainNames";

    private const int MostNames = 10;
    private const int LongestName = 253;
    private const int LongestParameter = 2000;

    private static readonly SearchValues<char> InName = SearchValues.Create("abcdefghijklmnopqrstuvwxyz0123456789.-_");

    /// <summary>Section 3.1: one name that is none, none at all or too many make the whole list one that is not there.</summary>
    public static IReadOnlyList<string> Names(JsonElement parent, string member)
    {
        var names = parent.Texts(member);
        return names.Count is > 0 and <= MostNames && parent.Items(member).Count() == names.Count && names.All(IsName) ? names : [];
    }

    /// <summary>RFC 8659 section 4.2: what can stand as a parameter's value.</summary>
    public static bool IsParameter(string text) => text.Length is > 0 and <= LongestParameter && text.All(letter => letter is > ' ' and < '\x7f' and not ';');

    /// <summary>In A-labels and lower case, without a dot at the end.</summary>
    private static bool IsName(string text) => text.Length is > 0 and <= LongestName && text[^1] != '.' && !text.AsSpan().ContainsAnyExcept(InName);
}
