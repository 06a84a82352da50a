namespace AcmeKestrel.Certificates;

/// <summary>The identifier types this library orders: RFC 8555 section 9.7.7 (<c>dns</c>) and RFC 8738 section 3 (<c>ip</c>). Types may be added in minor versions.</summary>
public enum AcmeIdentifierType
{
    /// <summary>A host name, possibly a one-label wildcard.</summary>
    Dns,

    /// <summary>An IPv4 or IPv6 address.</summary>
    Ip,
}
