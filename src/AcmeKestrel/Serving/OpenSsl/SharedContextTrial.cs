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

    /// <summary>Held; or what is not as it is needed.</summary>
    [SuppressMessage("Design", "CA1031", Justification = "Whatever goes wrong: connections have contexts of their own.")]
    public static async Task<(SafeHandle? Context, string? Fault)> MakeAsync(EndpointKind kind, SharedContexts contexts)
    {
        SafeHandle? context = null;
        try
        {
            using var patience = new CancellationTokenSource(Patience);
            var first = PlatformContexts.Show(new ShownCertificate(PlatformContexts.StandIn.Handle, contexts.Mark));
            (context, _) = await ShakeHandsAsync(kind, first, null, patience.Token).ConfigureAwait(false);
            TlsContexts.Close(first);
            if (context is null) return (null, "a connection's TLS context cannot be told");

            ExpectedHellos.Ask(context.DangerousGetHandle());
            SessionTickets.LeaveOne(context);
            if (await TryAsync(kind, contexts, context, patience.Token).ConfigureAwait(false)) return (context, null);

            context.Dispose();
            return (null, "the next connection did not get its certificate");
        }
        catch (Exception failed)
        {
            context?.Dispose();
            return (null, failed.Message);
        }
    }

    /// <summary>As with what is stored: whether the next connection is shown that.</summary>
    private static async Task<bool> TryAsync(EndpointKind kind, SharedContexts contexts, SafeHandle context, CancellationToken cancellationToken)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var wanted = new CertificateRequest("CN=trial", key, HashAlgorithmName.SHA256).CreateSelfSigned(DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch.AddDays(1));
        using var leaf = OpenSslLeaf.TryOpen(wanted.RawDataMemory.Span, key.ExportPkcs8PrivateKey(), [PlatformContexts.StandIn]);
        if (leaf is null) return false;

        var (found, shown) = await ShakeHandsAsync(kind, leaf.Show(contexts), leaf, cancellationToken).ConfigureAwait(false);
        found?.Dispose();
        return ReferenceEquals(found, context) && shown.AsSpan().SequenceEqual(wanted.RawDataMemory.Span);
    }

    /// <summary>The context that the connection had, held once more; null where it cannot be told.</summary>
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
        var random = hello.Random ?? default;
        if (expected is not null) ExpectedHellos.TryAdd(random, expected);
        try
        {
            await server.AuthenticateAsServerAsync(
                new SslServerAuthenticationOptions { ServerCertificateContext = certificate, EnabledSslProtocols = kind.Protocols, ApplicationProtocols = protocols }, cancellationToken).ConfigureAwait(false);
            await asking.ConfigureAwait(false);
        }
        finally
        {
            if (expected is not null) ExpectedHellos.Remove(random, expected);
        }

        // While the connection has it nobody can take it away.
        return (SessionContexts.Of(server) is { } context && SessionContexts.TryShare(context) ? context : null, shown);
    }

    private sealed record Ends(PipeReader Input, PipeWriter Output) : IDuplexPipe;
}
