namespace AcmeKestrel.Certificates;

/// <summary>What a TLS client can verify: one name may be served by one certificate of each family.</summary>
internal enum KeyFamily
{
    Ecdsa,
    Rsa,
}
