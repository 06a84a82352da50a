namespace AcmeKestrel.Certificates;

/// <summary>What a TLS client must be able to verify of a leaf; as a set, what a client can.</summary>
[Flags]
internal enum KeyFamily
{
    None = 0,
    Rsa = 1,
    P256 = 2,
    P384 = 4,
    P521 = 8,
    OtherCurve = 16,
    Ecdsa = P256 | P384 | P521 | OtherCurve,
    All = Rsa | Ecdsa,
}
