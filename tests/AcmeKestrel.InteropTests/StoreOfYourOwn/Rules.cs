using System.Text;
using AcmeKestrel.Storage;

namespace Shelves;

/// <summary>What no store takes, so that none has what another one could not keep.</summary>
public static class Rules
{
    private static readonly UTF8Encoding Strict = new(false, throwOnInvalidBytes: true);

    public static void Check(RecordKey key)
    {
        Demand(key.Kind != default, "A record has a kind.");
        CheckName(key.Name);
        var mark = key.Kind == RecordKind.Account ? '/' : key.Kind == RecordKind.Certificate ? '@' : default(char?);
        Demand(mark is not { } separator || (key.Name.LastIndexOf(separator) is > 0 and var at && at < key.Name.Length - 1), $"'{key.Name}' is no name of a record of the kind {key.Kind}.");
    }

    public static void Check(StoreQuery query)
    {
        Demand(query.Kind != default, "A query has a kind.");
        Demand(query.Limit is null or >= 1, "A limit is at least 1.");
    }

    public static void Check(RecordContent content)
    {
        Demand(content.Parts.All(part => IsPartName(part.Name)), "A part has a name.");
        Demand(content.Parts.DistinctBy(part => part.Name).Count() == content.Parts.Count, "A part is there twice.");
    }

    public static void CheckName(string name)
    {
        Demand(name.Length is > 0 and <= 600 && !name.Any(char.IsControl), "A name has 1 to 600 characters, none of which is a control character.");

        // Half of a surrogate pair is no text: an ArgumentException, too.
        _ = Strict.GetByteCount(name);
    }

    private static bool IsPartName(string name) =>
        name.Length is > 0 and <= 40 && char.IsAsciiLetterLower(name[0]) && name.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c is '.' or '-');

    private static void Demand(bool isSo, string what)
    {
        if (!isSo) throw new ArgumentException(what);
    }
}
