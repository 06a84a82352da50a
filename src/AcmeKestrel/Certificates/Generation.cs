namespace AcmeKestrel.Certificates;

/// <summary>One issued certificate of a wish: chain, key and where it came from, kept and committed together.</summary>
/// <param name="Id"><c>&lt;utc&gt;-&lt;8 hex of SHA-256(order URL)&gt;</c>: sorts by time, and a second commit of one order has the same id.</param>
internal sealed record Generation(string Label, string Id, CertificateChain Chain, ReadOnlyMemory<byte> PrivateKeyPkcs8, GenerationOrigin Origin);

/// <summary>How a generation was obtained.</summary>
/// <param name="DirectoryUrl">The provider's directory: a staging certificate never satisfies a production wish.</param>
internal sealed record GenerationOrigin(
    string OrderUrl,
    string CertificateUrl,
    string DirectoryUrl,
    string AccountUrl,
    AcmeKeyType KeyType,
    string? Profile,
    string? ChallengeType,
    DateTimeOffset IssuedAt)
{
    /// <summary>Where the order's URL begins so, another program ordered it; the rest names the certificate.</summary>
    public const string WithoutOrder = "urn:sha256:";

    /// <summary>The profile that was wished; <see cref="Profile"/> is the one the CA used, as far as it says.</summary>
    public string? WishedProfile { get; init; }
}
