using System.Security.Cryptography.X509Certificates;

namespace AcmeKestrel.Serving;

/// <summary>The certificate for <c>localhost</c> that <c>dotnet dev-certs</c> made, where there is one.</summary>
internal sealed record DevelopmentCertificate(X509Certificate2? Certificate);
