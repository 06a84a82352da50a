namespace AcmeKestrel.Certificates.Ports;

/// <summary>For whom a handshake wants a certificate that is not in the table.</summary>
/// <param name="Name">The server name; of a client that sent none, the address that it came to.</param>
/// <param name="Accepts">What the client can verify.</param>
/// <param name="Endpoint">Where it came to, as text; null where that is not known.</param>
internal readonly record struct CertificateQuestion(string Name, KeyFamily Accepts, string? Endpoint);
