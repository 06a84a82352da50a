using System.Text.Json.Nodes;

namespace AcmeKestrel.LocalCa.Rules;

internal sealed class CaAccount(string id, PublicKey key)
{
    public string Id { get; } = id;

    public PublicKey Key { get; } = key;

    public string Status { get; set; } = "valid";

    public IReadOnlyList<string> Contact { get; set; } = [];

    public List<string> Orders { get; } = [];
}

internal sealed class CaOrder(string id, CaAccount account, IReadOnlyList<Identifier> identifiers, IReadOnlyList<CaAuthorization> authorizations, DateTimeOffset expires)
{
    public string Id { get; } = id;

    public CaAccount Account { get; } = account;

    public IReadOnlyList<Identifier> Identifiers { get; } = identifiers;

    public IReadOnlyList<CaAuthorization> Authorizations { get; } = authorizations;

    public DateTimeOffset Expires { get; } = expires;

    public JsonObject? Error { get; set; }

    /// <summary>Set when the certificate is made.</summary>
    public string? CertificateId { get; set; }

    /// <summary>Looks that still see <c>processing</c>.</summary>
    public int ProcessingLooks { get; set; }

    /// <summary>RFC 8555 section 7.1.6, worked out rather than kept.</summary>
    public string StatusAt(DateTimeOffset now)
    {
        if (CertificateId is not null) return ProcessingLooks > 0 ? "processing" : "valid";
        if (Error is not null || now >= Expires || Authorizations.Any(authorization => authorization.StatusAt(now) is not ("pending" or "valid"))) return "invalid";
        return Authorizations.All(authorization => authorization.StatusAt(now) == "valid") ? "ready" : "pending";
    }
}

internal sealed class CaAuthorization(string id, CaAccount account, Identifier identifier, DateTimeOffset expires, IReadOnlyList<CaChallenge> challenges)
{
    public string Id { get; } = id;

    public CaAccount Account { get; } = account;

    public Identifier Identifier { get; } = identifier;

    public DateTimeOffset Expires { get; } = expires;

    public IReadOnlyList<CaChallenge> Challenges { get; } = challenges;

    public bool Deactivated { get; set; }

    public string StatusAt(DateTimeOffset now)
    {
        if (Deactivated) return "deactivated";
        if (Challenges.Any(challenge => challenge.Status == "invalid")) return "invalid";
        if (now >= Expires) return "expired";
        return Challenges.Any(challenge => challenge.Status == "valid") ? "valid" : "pending";
    }
}

internal sealed class CaChallenge(string id, string type, string token)
{
    public string Id { get; } = id;

    public string Type { get; } = type;

    public string Token { get; } = token;

    public string Status { get; set; } = "pending";

    public DateTimeOffset? Validated { get; set; }

    public JsonObject? Error { get; set; }
}

/// <param name="Leaf">DER, as revocation names it.</param>
internal sealed record CaCertificate(string Id, CaAccount Account, byte[] Leaf, byte[] SubjectPublicKeyInfo, string Pem)
{
    public bool Revoked { get; set; }
}
