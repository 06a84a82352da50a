using System.Diagnostics.CodeAnalysis;
using System.IO.Pipelines;
using System.Net.Security;
using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using AcmeKestrel.Serving.Finding;
using AcmeKestrel.Serving.Hellos;

namespace AcmeKestrel.Serving.OpenSsl;

/// <summary>Has .NET make a shared context, by a handshake within the process, and tries whether the next one gets the certificate that it is to have.</summary>
[SupportedOSPlatform("linux")]
internal static class SharedContextTrial
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    /// <summary>Held; null where .NET or OpenSSL does not do as is needed.</summary>
    [SuppressMessage("Design", "CA1031", Justification = "Whatever goes wrong: connections have contexts of their own.")]
    public static async Task<SafeHandle?> MakeAsync(EndpointKind kind, SharedContexts contexts)
    {
        try
        {
            using var patience = new CancellationTokenSource(Patience);
            var first = PlatformContexts.Show(new ShownCertificate(PlatformContexts.StandIn.Handle, contexts.Mark));
            var (made, _) = await ShakeHandsAsync(kind, first, null, patience.Token).ConfigureAwait(false);
            TlsContexts.Close(first);
            if (made is not { } context || !SessionContexts.TryShare(context)) return null;

            ExpectedHellos.Ask(context.DangerousGetHandle());
            SessionTickets.LeaveOne(context);

            using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
            using var wanted = new CertificateRequest("CN=trial", key, HashAlgorithmName.SHA256).CreateSelfSigned(DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch.AddDays(1));
            using var leaf = OpenSslLeaf.TryTake(wanted, [PlatformContexts.StandIn]);
            if (leaf is null) return null;

            var (found, shown) = await ShakeHandsAsync(kind, leaf.Show(contexts), leaf, patience.Token).ConfigureAwait(false);
            return ReferenceEquals(found, context) && shown.AsSpan().SequenceEqual(wanted.RawData) ? context : null;
        }
        catch (Exception)
        {
            return null;
        }
    }

    /// <param name="expected">What the connection is to have; null: what .NET gives it.</param>
    private static async Task<(SafeHandle? Context, byte[] Shown)> ShakeHandsAsync(EndpointKind kind, SslStreamCertificateContext certificate, OpenSslLeaf? expected, CancellationToken cancellationToken)
    {
        var (up, down) = (new Pipe(), new Pipe());
        await using var client = new SslStream(new DuplexPipeStream(new Ends(down.Reader, up.Writer)));
        await using var server = new SslStream(new DuplexPipeStream(new Ends(up.Reader, down.Writer)));
        List<SslApplicationProtocol>? protocols = kind.HasAlpn ? [SslApplicationProtocol.Http11] : null;
        byte[] shown = [];
        var asking = client.AuthenticateAsClientAsync(
            new SslClientAuthenticationOptions
            {
                TargetHost = "localhost",
                EnabledSslProtocols = kind.Protocols,
                ApplicationProtocols = protocols,
                AllowTlsResume = false,
                RemoteCertificateValidationCallback = (_, theirs, _, _) =>
                {
                    shown = theirs?.GetRawCertData() ?? [];
                    return theirs is not null;
                },
            },
            cancellationToken);
        var (_, hello) = await new ClientHelloReader(new ServingLimits(), TimeProvider.System).ReadAsync(up.Reader).ConfigureAwait(false);
        if (expected is not null && hello.Random is { } random) ExpectedHellos.TryAdd(random, expected);
        await server.AuthenticateAsServerAsync(
            new SslServerAuthenticationOptions { ServerCertificateContext = certificate, EnabledSslProtocols = kind.Protocols, ApplicationProtocols = protocols }, cancellationToken).ConfigureAwait(false);
        await asking.ConfigureAwait(false);
        return (SessionContexts.Of(server), shown);
    }

    private sealed record Ends(PipeReader Input, PipeWriter Output) : IDuplexPipe;
}
