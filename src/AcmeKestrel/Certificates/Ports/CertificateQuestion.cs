using System.Net;

namespace AcmeKestrel.Certificates.Ports;

/// <summary>What a handshake asks for when the table has nothing for it.</summary>
/// <param name="Name">Canonical: the server name; of a client that sent none, the address that it came to, or what such clients get.</param>
/// <param name="Accepts">The keys that the client can verify.</param>
/// <param name="Remote">Where it comes from, where that is known.</param>
/// <param name="Network">That one's; empty where it is not known.</param>
internal sealed record CertificateQuestion(string Name, KeyFamily Accepts, IPAddress? Remote, string Network);
