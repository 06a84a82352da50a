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
            using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
            using var wanted = new CertificateRequest("CN=trial", key, HashAlgorithmName.SHA256).CreateSelfSigned(DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch.AddDays(1));
            using var leaf = OpenSslLeaf.TryOpen(wanted.RawDataMemory.Span, key.ExportPkcs8PrivateKey(), [PlatformContexts.StandIn]);
            if (leaf is null) return (null, "OpenSSL does not open a certificate that was made for a trial");

            // A trial before this one may have made it, and .NET may have it yet: it asks then, and the connection is expected.
            (context, _) = await ShakeHandsAsync(kind, contexts, leaf, patience.Token).ConfigureAwait(false);
            if (context is null) return (null, "a connection's TLS context cannot be told");

            ExpectedHellos.Ask(context.DangerousGetHandle());
            SessionTickets.LeaveOne(context);
            var (found, shown) = await ShakeHandsAsync(kind, contexts, leaf, patience.Token).ConfigureAwait(false);
            found?.Dispose();
            if (ReferenceEquals(found, context) && shown.AsSpan().SequenceEqual(wanted.RawDataMemory.Span)) return (context, null);

            context.Dispose();
            return (null, "the next connection did not get its certificate");
        }
        catch (Exception failed)
        {
            context?.Dispose();
            return (null, failed.Message);
        }
    }

    /// <summary>The context that the connection had, held once more; null where it cannot be told.</summary>
    /// <param name="leaf">What the connection is to have, where OpenSSL asks for it; else .NET's stand-in.</param>
    private static async Task<(SafeHandle? Context, byte[] Shown)> ShakeHandsAsync(EndpointKind kind, SharedContexts contexts, OpenSslLeaf leaf, CancellationToken cancellationToken)
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
        var showing = leaf.Show(contexts);
        ExpectedHellos.TryAdd(random, leaf);
        try
        {
            await server.AuthenticateAsServerAsync(
                new SslServerAuthenticationOptions { ServerCertificateContext = showing.Context, EnabledSslProtocols = kind.Protocols, ApplicationProtocols = protocols }, cancellationToken).ConfigureAwait(false);
            await asking.ConfigureAwait(false);
        }
        finally
        {
            ExpectedHellos.Remove(random, leaf);
            showing.Release();
        }

        // While the connection has it nobody can take it away.
        return (SessionContexts.Of(server) is { } context && SessionContexts.TryShare(context) ? context : null, shown);
    }

    private sealed record Ends(PipeReader Input, PipeWriter Output) : IDuplexPipe;
}
