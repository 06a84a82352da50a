using System.Text;

namespace AcmeKestrel.Dns.Wire;

/// <summary>Names as messages hold them (RFC 1035 sections 3.1 and 4.1.4). As text they are lower case without the last dot, and the root is empty.</summary>
internal static class WireName
{
    private const int Longest = 255;
    private const int LongestLabel = 63;
    private const int Pointer = 0xC0;

    /// <summary>Whether a message can hold it.</summary>
    public static bool IsOne(string name) =>
        name.Length == 0 || (name.Length <= Longest - 2 && name.Split('.').All(label => label.Length is > 0 and <= LongestLabel && label.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_')));

    /// <summary>Empty, as the root is: of a name of one label.</summary>
    public static string ParentOf(string name) => name.IndexOf('.', StringComparison.Ordinal) is >= 0 and var dot ? name[(dot + 1)..] : "";

    /// <summary>Whether it is this zone's own name, or below it.</summary>
    public static bool IsIn(string name, string zone) => zone.Length == 0 || name == zone || name.EndsWith($".{zone}", StringComparison.Ordinal);

    /// <summary>Uncompressed, as signatures want it (RFC 8945 section 4.3.3).</summary>
    public static void Write(List<byte> message, string name)
    {
        if (!IsOne(name)) throw new FormatException($"'{name}' is no name that DNS can be asked for");

        foreach (var label in name.Split('.', StringSplitOptions.RemoveEmptyEntries))
        {
            message.Add((byte)label.Length);
            message.AddRange(Encoding.ASCII.GetBytes(label.ToLowerInvariant()));
        }

        message.Add(0);
    }

    /// <summary>Every pointer leads further to the front than the one before it, so there is an end.</summary>
    /// <param name="message">From its first byte on.</param>
    /// <param name="at">Behind the name afterwards.</param>
    /// <exception cref="FormatException">There is no name.</exception>
    public static string Read(ReadOnlySpan<byte> message, ref int at)
    {
        var (text, length, here, front) = (new StringBuilder(), 1, at, at);
        int? behind = null;
        while (true)
        {
            var head = ByteAt(message, here);
            if ((head & Pointer) == Pointer)
            {
                behind ??= here + 2;
                here = ((head & ~Pointer) << 8) | ByteAt(message, here + 1);
                if (here >= front) throw new FormatException("A name points at what comes after it");
                front = here;
                continue;
            }

            if (head > LongestLabel) throw new FormatException("A label has a type that nobody knows");
            here++;
            if (head == 0) break;
            if ((length += head + 1) > Longest) throw new FormatException("A name is too long");
            if (head > message.Length - here) throw new FormatException("A name has no end");
            if (text.Length > 0) text.Append('.');
            foreach (var one in message.Slice(here, head)) Append(text, one);
            here += head;
        }

        at = behind ?? here;
        return text.ToString();
    }

    private static void Append(StringBuilder text, byte one)
    {
        var c = (char)one;
        if (char.IsAsciiLetterOrDigit(c) || c is '-' or '_') text.Append(char.ToLowerInvariant(c));
        else text.Append('\\').Append(one.ToString("D3", System.Globalization.CultureInfo.InvariantCulture));
    }

    private static byte ByteAt(ReadOnlySpan<byte> message, int at) => at < message.Length ? message[at] : throw new FormatException("A name has no end");
}
