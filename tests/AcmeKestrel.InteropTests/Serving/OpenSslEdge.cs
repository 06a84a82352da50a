using System.Diagnostics;
using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using AcmeKestrel.Certificates;
using AcmeKestrel.Challenges;
using AcmeKestrel.Configuration;
using AcmeKestrel.InteropTests.Edge;
using AcmeKestrel.Serving;
using AcmeKestrel.Serving.Finding;
using AcmeKestrel.Serving.OpenSsl;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace AcmeKestrel.InteropTests.Serving;

/// <summary>A server on loopback and openssl as its client.</summary>
internal sealed class OpenSslEdge : IAsyncDisposable
{
    private readonly string _openssl = RealThing.Require("openssl", "openssl");
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("acmekestrel-serving-");
    private readonly ECDsa _intermediateKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private readonly X509Certificate2 _intermediate;
    private readonly WebApplication _app;
    private byte _issued;

    private OpenSslEdge(string unknownHosts, Action<IWebHostBuilder>? configure)
    {
        using var rootKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var root = Authority("CN=Test Root", rootKey).CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(90));
        _intermediate = Authority("CN=Test Intermediate", _intermediateKey).Create(root, root.NotBefore, root.NotAfter, [1]);
        File.WriteAllText(FileNamed("root.pem"), root.ExportCertificatePem());

        var builder = WebApplication.CreateBuilder();
        builder.Logging.ClearProviders();
        if (configure is null) builder.WebHost.UseUrls("https://127.0.0.1:0");
        else configure(builder.WebHost);
        builder.Configuration["Acme:UnknownHosts"] = unknownHosts;
        builder.Services.AddAcmeConfiguration().AddAcmeChallenges().AddAcmeServing();
        _app = builder.Build();
        _app.Run(context => context.Response.WriteAsync("the app"));
    }

    public CertificateTable Table => _app.Services.GetRequiredService<CertificateTable>();

    private int Port => new Uri(_app.Urls.First()).Port;

    /// <summary>Where the second endpoint listens.</summary>
    public int OtherPort => new Uri(_app.Urls.Last()).Port;

    /// <summary>Serves <c>shop.test</c>, and has a challenge pending for it.</summary>
    public static async Task<OpenSslEdge> StartAsync(string unknownHosts = "Fallback", Action<IWebHostBuilder>? configure = null)
    {
        var edge = new OpenSslEdge(unknownHosts, configure);
        edge.Table.Publish(edge.Issue("shop.test"));
        edge._app.Services.GetRequiredService<LiveAnswers>().Publish(
            new ChallengeAnswer(ChallengeTypes.TlsAlpn01, AcmeIdentifier.Parse("shop.test"), "token", "token.thumbprint"));
        await edge._app.StartAsync();

        // A session of a connection from before the shared context was there goes on with none of those after it.
        var handshake = new SslServerAuthenticationOptions { ApplicationProtocols = [SslApplicationProtocol.Http11] };
        if (OperatingSystem.IsLinux()) await Patience.UntilAsync(_ => Task.FromResult(SharedContexts.Current.Serve(handshake) ? "" : null), () => "There is no shared context.", TestContext.Current.CancellationToken);
        return edge;
    }

    public string FileNamed(string name) => Path.Combine(_folder.FullName, name);

    public Generation Issue(string name)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        return Issue(name, name, new CertificateRequest("", key, HashAlgorithmName.SHA256), KeyFamily.P256, key.ExportPkcs8PrivateKey());
    }

    public Generation IssueP384(string label, string name)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP384);
        return Issue(label, name, new CertificateRequest("", key, HashAlgorithmName.SHA384), KeyFamily.P384, key.ExportPkcs8PrivateKey());
    }

    public Generation IssueRsa(string label, string name)
    {
        using var key = RSA.Create(2048);
        return Issue(label, name, new CertificateRequest("", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1), KeyFamily.Rsa, key.ExportPkcs8PrivateKey());
    }

    private Generation Issue(string label, string name, CertificateRequest request, KeyFamily family, byte[] key)
    {
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName(name);
        request.CertificateExtensions.Add(names.Build());
        var (notBefore, notAfter) = (DateTimeOffset.UtcNow.AddHours(-1), DateTimeOffset.UtcNow.AddDays(30));
        using var leaf = request.Create(_intermediate.SubjectName, X509SignatureGenerator.CreateForECDsa(_intermediateKey), notBefore, notAfter, [2, ++_issued]);
        var chain = new CertificateChain(leaf.RawData, [_intermediate.RawData], [AcmeIdentifier.Parse(name)], family, notBefore, notAfter);
        return new Generation(
            label, $"generation-{_issued}", chain, key, new GenerationOrigin("", "", "", "", AcmeKeyType.P256, null, null, notBefore));
    }

    /// <summary>What <c>openssl s_client</c> says, both streams; it sends <paramref name="input"/> and then the end.</summary>
    public Task<string> ClientAsync(string serverName, string input, params string[] more) => ClientAsync(Port, serverName, input, more);

    public Task<string> ClientAsync(int port, string serverName, string input, params string[] more) =>
        OpenSslAsync(input, ["s_client", "-connect", $"127.0.0.1:{port}", "-servername", serverName, "-CAfile", FileNamed("root.pem"), "-showcerts", .. more]);

    public async Task<string> OpenSslAsync(string input, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(_openssl, arguments) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true })!;
        var output = process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        var errors = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.StandardInput.WriteAsync(input);
        process.StandardInput.Close();
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        return await output + await errors;
    }

    public async ValueTask DisposeAsync()
    {
        await _app.DisposeAsync();
        _intermediate.Dispose();
        _intermediateKey.Dispose();
        _folder.Delete(recursive: true);
    }

    private static CertificateRequest Authority(string subject, ECDsa key)
    {
        var request = new CertificateRequest(subject, key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: true, hasPathLengthConstraint: false, 0, critical: true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign, critical: true));
        return request;
    }
}
