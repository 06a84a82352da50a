using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using AcmeKestrel.Certificates;
using AcmeKestrel.Challenges;
using AcmeKestrel.Configuration;
using AcmeKestrel.Serving.Finding;

namespace AcmeKestrel.Serving;

/// <summary>Whether a handshake for which there is no certificate is refused: as the user wants it (<c>UnknownHosts</c>), and while it is not known what is stored. Never where the user gave a certificate of their own for it.</summary>
internal sealed class UnknownHosts(FallbackCertificate fallback, DevelopmentCertificate development, CertificateTable table, LiveAnswers answers, IAcmeSettings settings)
{
    /// <param name="handshake">As it stands without a certificate of ours.</param>
    /// <param name="mayBeStored">As <see cref="UnansweredHello.MayBeStored"/>.</param>
    public bool Refuse(SslServerAuthenticationOptions handshake, string? serverName, bool mayBeStored) =>
        handshake.ServerCertificateSelectionCallback is null && Refuse(handshake.ServerCertificate ?? handshake.ServerCertificateContext?.TargetCertificate, serverName, mayBeStored);

    /// <param name="offered">What would be shown; null: that is up to code of the user's.</param>
    public bool Refuse(X509Certificate? offered, string? serverName, bool mayBeStored) =>
        ((mayBeStored && !answers.AreElsewhere) || settings.Current.UnknownHosts == UnknownHostPolicy.Reject)
        && offered is not null
        && IsStandIn(offered, serverName)

        // A CA that something redirects here from port 80 needs any handshake at all, to fetch the answer that brings the first certificate.
        && !answers.AreShownOverHttp(serverName)

        // Where another process orders nobody knows here whether a CA is on its way: it may be for a name that is wished. While the state is listed it is not even known what is wished.
        && !(answers.AreElsewhere && serverName is not null && table.IsWished(serverName));

    /// <summary>Where Kestrel would look for its development certificate, it finds that or ours; ASP.NET's is a certificate for the names in it.</summary>
    private bool IsStandIn(X509Certificate offered, string? serverName) =>
        offered.Equals(fallback.Certificate) || (development.Certificate is { } found && offered.Equals(found) && !(serverName is not null && Covers(found, serverName)));

    /// <summary>The platform throws at what is no name, and a client may send anything.</summary>
    private static bool Covers(X509Certificate2 found, string serverName) => AcmeIdentifier.TryParse(serverName, out _, out _) && found.MatchesHostname(serverName);
}
