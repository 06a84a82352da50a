using System.Buffers;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;

namespace AcmeKestrel.Storage.Files;

/// <summary>
/// Maps any name to one file name and back. Host names stay as they are, <c>*.x</c> becomes <c>_.x</c>, an IPv6 address gets hyphens; whatever does not survive that way there and back is
/// percent-escaped instead, so two names never share a file, on a file system that ignores case neither. A name that would be too long is cut, with a hash at its end; its record tells the whole name.
/// </summary>
internal static partial class FileNames
{
    private const int MaxLength = 200;
    private const int HashLength = 40;
    private const int StampLength = 16;
    private const string Empty = "%%";
    private static readonly SearchValues<char> Plain = SearchValues.Create("abcdefghijklmnopqrstuvwxyz0123456789.-_@+");
    private static readonly SearchValues<char> InHostNames = SearchValues.Create("abcdefghijklmnopqrstuvwxyz0123456789.-");
    private static readonly SearchValues<char> InNoAddress = SearchValues.Create("ghijklmnopqrstuvwxyz");

    public static string Map(string name)
    {
        var mapped = Simplify(name) is { } simple && Restore(simple) == name ? simple : Escape(name);
        return mapped.Length <= MaxLength ? mapped : $"{mapped[..(MaxLength - HashLength - 1)]}~{Hash(name)}";
    }

    /// <summary>The name, or null where <see cref="Map"/> never gives this file name or had to cut it.</summary>
    public static string? Unmap(string fileName)
    {
        if (IsHostOrItsGeneration(fileName)) return fileName;

        var name = fileName.Contains('%') ? Unescape(fileName) : Restore(fileName);
        return name is not null && Map(name) == fileName ? name : null;
    }

    public static bool IsCut(string fileName) => fileName.Length == MaxLength && fileName[^(HashLength + 1)] == '~';

    /// <summary>What nearly all of a hundred thousand names are, told without making a string: a host name, and a host name and its generation, are their own file names.</summary>
    private static bool IsHostOrItsGeneration(ReadOnlySpan<char> fileName)
    {
        if (fileName.Length > MaxLength) return false;
        if (fileName.IndexOf('@') is not (>= 0 and var at)) return IsHost(fileName) && fileName[^1] != '.';

        var generation = fileName[(at + 1)..];
        return IsHost(fileName[..at])
            && generation.Length > StampLength && IsStamp(generation[..StampLength]) && !generation[StampLength..].ContainsAnyExcept(InHostNames) && generation[^1] != '.';
    }

    private static bool IsHost(ReadOnlySpan<char> name) => name.IndexOf('.') > 4 && !name.ContainsAnyExcept(InHostNames) && name.ContainsAny(InNoAddress);

    private static bool IsStamp(ReadOnlySpan<char> text) =>
        text[8] == 'T' && text[^1] == 'Z' && !text[..8].ContainsAnyExceptInRange('0', '9') && !text[9..^1].ContainsAnyExceptInRange('0', '9');

    private static string? Simplify(string name)
    {
        var (label, rest) = Split(name);
        var simple = label.StartsWith("*.", StringComparison.Ordinal) ? "_" + label[1..] + rest
            : IsAddress(label) ? label.Replace(':', '-') + rest
            : name;
        return IsSafe(simple) ? simple : null;
    }

    private static string? Restore(string simple)
    {
        if (!IsSafe(simple)) return null;
        var (label, rest) = Split(simple);
        if (label.StartsWith("_.", StringComparison.Ordinal)) return "*" + label[1..] + rest;
        var address = label.Replace('-', ':');
        return IsAddress(address) ? address + rest : simple;
    }

    /// <summary>The label ends where <c>@generation</c> or <c>+rsa</c> begins.</summary>
    private static (string Label, string Suffix) Split(string name)
    {
        var end = name.AsSpan().IndexOfAny('@', '+');
        return end < 0 ? (name, "") : (name[..end], name[end..]);
    }

    private static bool IsAddress(string text) =>
        text.Contains(':') && IPAddress.TryParse(text, out var address) && address.AddressFamily == AddressFamily.InterNetworkV6 && address.ToString() == text;

    private static bool IsSafe(string name) =>
        name.Length > 0 && name[0] != '.' && name[^1] != '.' && !LowerStamp(name).AsSpan().ContainsAnyExcept(Plain) && !IsDevice(name);

    /// <summary>A generation's time keeps its capitals; the same in small letters is escaped (the slash is never plain), so that the two differ where case is ignored.</summary>
    private static string LowerStamp(string name) => Stamp().Replace(name, match => match.Value.Contains('T') && match.Value.EndsWith('Z') ? match.Value.ToLowerInvariant() : "/");

    [GeneratedRegex("@[0-9]{8}[Tt][0-9]{6}[Zz]", RegexOptions.CultureInvariant)]
    private static partial Regex Stamp();

    /// <summary>Windows opens a device for these, whatever follows the dot.</summary>
    private static bool IsDevice(string name)
    {
        var dot = name.IndexOf('.', StringComparison.Ordinal);
        var stem = dot < 0 ? name : name[..dot];
        return stem is "con" or "prn" or "aux" or "nul" || (stem.Length == 4 && stem[..3] is "com" or "lpt" && char.IsAsciiDigit(stem[3]));
    }

    private static string Escape(string name)
    {
        if (name.Length == 0) return Empty;
        var bytes = Encoding.UTF8.GetBytes(name);
        var escaped = new StringBuilder(bytes.Length * 3);
        for (var i = 0; i < bytes.Length; i++)
        {
            var keep = Plain.Contains((char)bytes[i]) && (bytes[i] != '.' || (i > 0 && i < bytes.Length - 1));
            if (keep) escaped.Append((char)bytes[i]);
            else escaped.Append('%').Append(bytes[i].ToString("X2", null));
        }

        // Every escaped name has a percent sign: it can be no simple one.
        if (escaped.Length == bytes.Length) escaped.Remove(0, 1).Insert(0, $"%{bytes[0]:X2}");
        return escaped.ToString();
    }

    private static string? Unescape(string escaped)
    {
        if (escaped == Empty) return "";
        var bytes = new List<byte>(escaped.Length);
        for (var i = 0; i < escaped.Length; i++)
        {
            if (escaped[i] > '~') return null;
            if (escaped[i] != '%')
            {
                bytes.Add((byte)escaped[i]);
                continue;
            }

            if (i + 2 >= escaped.Length || !char.IsAsciiHexDigit(escaped[i + 1]) || !char.IsAsciiHexDigit(escaped[i + 2])) return null;
            bytes.Add(Convert.FromHexString(escaped.AsSpan(i + 1, 2))[0]);
            i += 2;
        }

        return Encoding.UTF8.GetString([.. bytes]);
    }

    private static string Hash(string name) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(name)))[..HashLength];
}
