using System.Text;

namespace AcmeKestrel.Storage.Engine;

/// <summary>What every store demands of a key and a content, so that none accepts what another could not keep.</summary>
internal static class RecordRules
{
    private const int MaxNameLength = 600;
    private const int MaxPartNameLength = 40;
    private static readonly UTF8Encoding StrictUtf8 = new(false, throwOnInvalidBytes: true);

    public static void Check(RecordKey key)
    {
        Check(key.Kind);
        CheckName(key.Name);
        if (!HasForm(key)) throw new ArgumentException($"'{key.Name}' does not have the form of the name of a record of the kind {key.Kind}.", nameof(key));
    }

    /// <summary>Whether a store could have written such a record: in an engine there may be what somebody else put there.</summary>
    public static bool Allow(RecordKey key)
    {
        try
        {
            Check(key);
            return true;
        }
        catch (ArgumentException)
        {
            return false;
        }
    }

    /// <summary>Of what a feed tells of, written by whomever; null where no store could have written it.</summary>
    public static RecordKey? FindKey(string kind, string name)
    {
        try
        {
            var key = new RecordKey(new RecordKind(kind), name);
            return Allow(key) ? key : null;
        }
        catch (ArgumentException)
        {
            return null;
        }
    }

    public static void Check(StoreWrite write)
    {
        ArgumentNullException.ThrowIfNull(write);
        Check(write.Key);
        Check(write.Content);
    }

    public static void Check(StoreDeletion deletion)
    {
        ArgumentNullException.ThrowIfNull(deletion);
        Check(deletion.Key);
    }

    public static void Check(StoreLeaseRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        CheckName(request.Resource);
    }

    public static void Check(StoreQuery query)
    {
        ArgumentNullException.ThrowIfNull(query);
        Check(query.Kind);
        if (query.Limit < 1) throw new ArgumentException($"The limit is {query.Limit}; it is at least 1.", nameof(query));
    }

    public static void Check(StoreHeadQuery query)
    {
        ArgumentNullException.ThrowIfNull(query);
        Check(query.Kind);
        if (!IsPartName(query.Part)) throw new ArgumentException($"'{query.Part}' is no name of a part.", nameof(query));
    }

    public static void Check(RecordKind kind)
    {
        if (kind == default) throw new ArgumentException("A kind of records has a name.", nameof(kind));
    }

    /// <summary>Accounts are <c>ca/thumbprint</c>, certificates <c>label@generation</c>.</summary>
    public static bool HasForm(RecordKey key)
    {
        var separator = key.Kind == RecordKind.Account ? '/' : key.Kind == RecordKind.Certificate ? '@' : default(char?);
        return separator is not { } mark || (key.Name.LastIndexOf(mark) is var at && at > 0 && at < key.Name.Length - 1);
    }

    public static void CheckName(string name)
    {
        if (string.IsNullOrEmpty(name)) throw new ArgumentException("The name is empty.", nameof(name));
        if (name.Length > MaxNameLength) throw new ArgumentException($"The name has {name.Length} characters; {MaxNameLength} are the limit.", nameof(name));
        if (name.Any(char.IsControl)) throw new ArgumentException("The name has control characters.", nameof(name));
        try
        {
            _ = StrictUtf8.GetByteCount(name);
        }
        catch (EncoderFallbackException e)
        {
            throw new ArgumentException("The name is no text: it has half a surrogate pair.", nameof(name), e);
        }
    }

    public static void Check(RecordContent content)
    {
        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach (var part in content.Parts)
        {
            if (!IsPartName(part.Name)) throw new ArgumentException($"'{part.Name}' is no name of a part.", nameof(content));
            if (!names.Add(part.Name)) throw new ArgumentException($"The part '{part.Name}' is there twice.", nameof(content));
        }
    }

    /// <summary>A leading dot or hyphen would make the part a hidden file or an option on some command line.</summary>
    public static bool IsPartName(string name) =>
        name.Length is > 0 and <= MaxPartNameLength
        && char.IsAsciiLetterLower(name[0])
        && name.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c is '.' or '-');

    /// <summary>Records whose names are the same before their last <c>@</c> are a group; one without is alone.</summary>
    public static ReadOnlySpan<char> GroupOf(ReadOnlySpan<char> name) => name.LastIndexOf('@') is >= 0 and var at ? name[..at] : name;
}
