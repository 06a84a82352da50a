using System.Net;

namespace AcmeKestrel.LocalCa.Rules;

/// <summary>For whom this CA issues: names that no one can own on the public internet, and this machine's own addresses.</summary>
internal static class IdentifierPolicy
{
    /// <summary>Throws one problem that names every refused identifier (RFC 8555 section 6.7.1).</summary>
    /// <param name="wildcards">Whether names such as <c>*.shop.test</c> are taken, because records in DNS can prove them.</param>
    public static void Check(IReadOnlyList<Identifier> identifiers, bool wildcards)
    {
        if (identifiers.FirstOrDefault(i => i.Type is not (Identifier.Dns or Identifier.Ip)) is { } alien)
            throw new RefusalException(new Problem("unsupportedIdentifier", 400, $"Identifiers of type '{alien.Type}' are not supported."));

        var refused = identifiers
            .Select(identifier => (identifier, why: Objection(identifier, wildcards)))
            .Where(found => found.why is not null)
            .Select(found => new Subproblem("rejectedIdentifier", found.why!, found.identifier))
            .ToList();
        if (refused.Count == 0) return;

        throw new RefusalException(new Problem("rejectedIdentifier", 400, string.Join(" ", refused.Select(r => $"{r.Identifier.Value}: {r.Detail}"))) { Subproblems = refused });
    }

    /// <summary>Whether a host name, as in a redirect, is this machine's by the same rule.</summary>
    public static bool IsLocal(string host) =>
        IPAddress.TryParse(host.Trim('[', ']'), out var address) ? IPAddress.IsLoopback(address) : NameObjection(host) is null;

    private static string? Objection(Identifier identifier, bool wildcards)
    {
        if (identifier.Type == Identifier.Ip) return AddressObjection(identifier.Value);
        if (identifier.IsWildcard && !wildcards) return "A wildcard needs dns-01 or its kin, which this CA does not offer.";
        return NameObjection(identifier.Name.Value);
    }

    private static string? AddressObjection(string value)
    {
        // The text must round-trip: "127.1" and "0127.0.0.1" parse too (RFC 8738 section 3 wants the canonical form).
        if (!IPAddress.TryParse(value, out var address) || address.ToString() != value) return "An address is written in its canonical form.";
        return IPAddress.IsLoopback(address) && !address.IsIPv4MappedToIPv6 ? null : "This CA issues for loopback addresses only.";
    }

    private static string? NameObjection(string name)
    {
        if (IPAddress.TryParse(name, out _)) return "An address is an identifier of type 'ip'.";
        if (name.Length > 253 || !name.Split('.').All(IsLabel)) return "The name is not a lower-case host name in A-labels.";
        if (name is "localhost" || name.EndsWith(".localhost", StringComparison.Ordinal) || name.EndsWith(".test", StringComparison.Ordinal)) return null;
        return "This CA issues for localhost, *.localhost, *.test and loopback addresses only.";
    }

    private static bool IsLabel(string label) =>
        label.Length is > 0 and <= 63 && label[0] != '-' && label[^1] != '-' && label.All(c => c is >= 'a' and <= 'z' or >= '0' and <= '9' or '-');
}
