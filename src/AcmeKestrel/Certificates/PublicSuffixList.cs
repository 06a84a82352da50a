using System.Globalization;
using System.Net;
using System.Reflection;
using System.Text;

namespace AcmeKestrel.Certificates;

/// <summary>Knows below which names anyone can register (https://publicsuffix.org/list/): both sections of the list, since a CA's limits count both.</summary>
internal sealed class PublicSuffixList
{
    private const string Resource = "AcmeKestrel.public_suffix_list.dat";

    private static readonly Lazy<PublicSuffixList> Shared = new(ReadResource);

    // Ten thousand strings would cost four times the memory of one text and its line starts.
    private readonly byte[] _text;
    private readonly int[] _starts;

    private PublicSuffixList(IEnumerable<string> rules)
    {
        string[] sorted = [.. rules.Order(StringComparer.Ordinal)];
        _text = Encoding.ASCII.GetBytes(string.Concat(sorted));
        _starts = new int[sorted.Length + 1];
        for (var index = 0; index < sorted.Length; index++) _starts[index + 1] = _starts[index] + sorted[index].Length;
    }

    /// <summary>The list built into the library; read at first use.</summary>
    public static PublicSuffixList Embedded => Shared.Value;

    /// <summary>Reads the list's own format: a rule a line, up to the first blank.</summary>
    public static PublicSuffixList Parse(TextReader reader)
    {
        var idn = new IdnMapping();
        var rules = new List<string>();
        while (reader.ReadLine() is { } line)
        {
            if (line.Length == 0 || char.IsWhiteSpace(line[0]) || line.StartsWith("//", StringComparison.Ordinal)) continue;

            var rule = line.Split(' ', '\t')[0];
            rules.Add(Ascii.IsValid(rule) ? rule.ToLowerInvariant() : idn.GetAscii(rule));
        }

        return new PublicSuffixList(rules);
    }

    /// <summary>What a CA counts its limits by: the registered domain of a name (the name itself where it is a public suffix), an IPv4 address, an IPv6 /64.</summary>
    public string RegisteredDomain(AcmeIdentifier identifier)
    {
        if (identifier.Type == AcmeIdentifierType.Ip) return AddressBlock(identifier.Value);

        var host = identifier.IsWildcard ? identifier.Value[2..] : identifier.Value;
        return RegisteredDomain(host) ?? host;
    }

    /// <summary>The public suffix and one label more, or null where <paramref name="host"/> is a public suffix itself.</summary>
    public string? RegisteredDomain(string host)
    {
        var suffix = SuffixStart(host);
        return suffix == 0 ? null : host[(host.LastIndexOf('.', suffix - 2) + 1)..];
    }

    /// <summary>Whether anyone may register names right below this one.</summary>
    public bool IsPublicSuffix(string host) => SuffixStart(host) == 0;

    /// <summary>The longest rule wins, an exception before all; without a rule the last label is the suffix.</summary>
    private int SuffixStart(string host)
    {
        for (var start = 0; ;)
        {
            var dot = host.IndexOf('.', start);
            if (Contains("!", host.AsSpan(start))) return dot + 1;
            if (dot < 0 || Contains("", host.AsSpan(start)) || Contains("*", host.AsSpan(dot))) return start;

            start = dot + 1;
        }
    }

    private bool Contains(string prefix, ReadOnlySpan<char> rest)
    {
        Span<byte> wanted = stackalloc byte[prefix.Length + rest.Length];
        Encoding.ASCII.GetBytes(prefix, wanted);
        Encoding.ASCII.GetBytes(rest, wanted[prefix.Length..]);
        for (var (low, high) = (0, _starts.Length - 2); low <= high;)
        {
            var middle = (low + high) / 2;
            var order = wanted.SequenceCompareTo(_text.AsSpan(_starts[middle].._starts[middle + 1]));
            if (order == 0) return true;

            (low, high) = order < 0 ? (low, middle - 1) : (middle + 1, high);
        }

        return false;
    }

    private static string AddressBlock(string address)
    {
        var bytes = IPAddress.Parse(address).GetAddressBytes();
        if (bytes.Length == 4) return address;

        bytes.AsSpan(8).Clear();
        return AddressText.Print(new IPAddress(bytes)) + "/64";
    }

    private static PublicSuffixList ReadResource()
    {
        using var reader = new StreamReader(Assembly.GetExecutingAssembly().GetManifestResourceStream(Resource)!);
        return Parse(reader);
    }
}
