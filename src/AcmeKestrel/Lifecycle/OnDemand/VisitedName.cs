using AcmeKestrel.Certificates;

namespace AcmeKestrel.Lifecycle.OnDemand;

/// <summary>Whether what a client sent is a name that could have a certificate on demand. Pure.</summary>
internal static class VisitedName
{
    /// <summary>Null: it is none that is asked for.</summary>
    /// <param name="provider">Who would issue it.</param>
    public static string? Read(string serverName, Provider? provider)
    {
        // Nobody serves a single label or a public suffix, whichever CA there is; server names have no wildcards and are no addresses (RFC 6066 section 3).
        if (provider is null || !AcmeIdentifier.TryParse(serverName, out var name, out _) || name.Type is not AcmeIdentifierType.Dns || name.IsWildcard || !name.Value.Contains('.')) return null;
        if (provider.IsBuiltIn && SpecialUse.Find(name) is not null) return null;
        return PublicSuffixList.Embedded.IsPublicSuffix(name.Value) || name.Value.EndsWith(".invalid", StringComparison.Ordinal) ? null : name.Value;
    }
}
