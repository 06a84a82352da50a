namespace AcmeKestrel;

/// <summary>A certificate as its record in the state says. A snapshot: it does not change. Members may be added in minor versions; the constructor and the setters are there for tests of your own.</summary>
public sealed class AcmeStoredCertificate
{
    /// <summary>A certificate of which nothing else is known.</summary>
    public AcmeStoredCertificate(string generation)
    {
        ArgumentNullException.ThrowIfNull(generation);
        Generation = generation;
    }

    /// <summary>Names it among its label's: in the state directory its folder is <c>certs/&lt;label&gt;@&lt;generation&gt;</c>.</summary>
    public string Generation { get; }

    /// <summary>Why its record could not be read, so that all else is missing; null: it was read.</summary>
    public string? Problem { get; init; }

    /// <summary>Names and addresses that it is for.</summary>
    public IReadOnlyList<string> Names { get => field ?? []; init; }

    /// <summary>Its first moment.</summary>
    public DateTimeOffset? NotBefore { get; init; }

    /// <summary>Its last moment.</summary>
    public DateTimeOffset? NotAfter { get; init; }

    /// <summary>When it was downloaded.</summary>
    public DateTimeOffset? IssuedAt { get; init; }

    /// <summary>Serial number in hexadecimal digits, as the CA's revocation lists have it.</summary>
    public string? SerialNumber { get; init; }

    /// <summary>SHA-256 of the certificate in hexadecimal digits, as <c>openssl x509 -fingerprint -sha256</c> shows it, without the colons.</summary>
    public string? Sha256Fingerprint { get; init; }

    /// <summary>Common name of who signed it.</summary>
    public string? Issuer { get; init; }

    /// <summary>Common name of the issuer of the last certificate that is sent with it: the root that a client is to know (<c>PreferredChain</c>).</summary>
    public string? TopmostIssuer { get; init; }

    /// <summary>Subjects of the certificates that are sent with it, in their order.</summary>
    public IReadOnlyList<string> Chain { get => field ?? []; init; }

    /// <summary>The directory of the CA that issued it.</summary>
    public string? DirectoryUrl { get; init; }

    /// <summary>The account that ordered it.</summary>
    public string? AccountUrl { get; init; }

    /// <summary>The profile it was issued with, as far as the CA says; null: none.</summary>
    public string? Profile { get; init; }

    /// <summary>The challenge type that all its names were validated with; null where they were valid before, or by several.</summary>
    public string? ChallengeType { get; init; }

    /// <summary>The generation, and its end or why it cannot be read.</summary>
    public override string ToString() => Problem is null ? FormattableString.Invariant($"{Generation} until {NotAfter:u}") : $"{Generation}: {Problem}";
}
