using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using AcmeKestrel.InteropTests.Edge;
using AcmeKestrel.Storage;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace AcmeKestrel.InteropTests.Redis;

/// <summary>A Redis that speaks TLS with a certificate of a CA that the system does not know, and wants one of its clients.</summary>
public sealed class RedisTlsTests : IDisposable
{
    private static readonly RecordKey Key = new(RecordKind.Order, "shop.test");

    private readonly TemporaryFolder _folder = new();
    private readonly int _port = FreePort.Next();

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Both_show_a_certificate_and_only_whoever_is_told_of_the_ca_gets_in()
    {
        WriteCertificates();
        await using var server = await RedisServer.StartAsync(
            Stop, null, "--tls-port", _port.ToString(CultureInfo.InvariantCulture), "--tls-cert-file", _folder.In("server.pem"), "--tls-key-file", _folder.In("server.key"), "--tls-ca-cert-file", _folder.In("ca.pem"), "--tls-auth-clients", "yes");

        await using var told = Services(("CaFile", "ca.pem"), ("CertificateFile", "client.pem"), ("CertificateKeyFile", "client.key"));
        var store = told.GetRequiredService<IAcmeStore>();
        await Until.ItWorksAsync(() => store.WriteAsync(new StoreWrite(Key, new RecordContent([new RecordPart("a", "1"u8.ToArray())])), Stop).AsTask(), Stop);
        Assert.NotNull(await Until.ItWorksAsync(() => store.ReadAsync(Key, Stop).AsTask(), Stop));

        (string, string)[][] tooFew = [[], [("CaFile", "ca.pem")], [("CertificateFile", "client.pem"), ("CertificateKeyFile", "client.key")]];
        foreach (var files in tooFew)
        {
            await using var untold = Services(files);
            await Assert.ThrowsAsync<StoreUnavailableException>(() => untold.GetRequiredService<IAcmeStore>().ReadAsync(Key, Stop).AsTask());
        }
    }

    [Fact]
    public async Task A_file_that_is_none_is_named()
    {
        File.WriteAllText(_folder.In("ca.pem"), "nothing");
        await using var services = Services(("CaFile", "ca.pem"));

        var told = await Assert.ThrowsAsync<StoreUnavailableException>(() => services.GetRequiredService<IAcmeStore>().ReadAsync(Key, Stop).AsTask());
        Assert.Contains($"CaFile: {_folder.In("ca.pem")} cannot be used", told.Message, StringComparison.Ordinal);
    }

    private ServiceProvider Services(params (string Key, string File)[] files)
    {
        var values = files.ToDictionary(file => $"Acme:Store:Redis:{file.Key}", file => (string?)_folder.In(file.File));
        values["Acme:Store:Type"] = "Redis";
        values["Acme:Store:Redis:Configuration"] = $"localhost:{_port},connectTimeout=3000";
        var services = new ServiceCollection();
        services.AddSingleton<IConfiguration>(new ConfigurationBuilder().AddInMemoryCollection(values).Build());
        services.AddAcme().AddRedis();
        return services.BuildServiceProvider();
    }

    private void WriteCertificates()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=ca", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        using var ca = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
        File.WriteAllText(_folder.In("ca.pem"), ca.ExportCertificatePem());
        foreach (var name in (string[])["server", "client"])
        {
            using var own = ECDsa.Create(ECCurve.NamedCurves.nistP256);
            var leaf = new CertificateRequest($"CN={name}", own, HashAlgorithmName.SHA256);
            var names = new SubjectAlternativeNameBuilder();
            names.AddDnsName("localhost");
            names.AddIpAddress(IPAddress.Loopback);
            leaf.CertificateExtensions.Add(names.Build());
            using var issued = leaf.Create(ca, ca.NotBefore, ca.NotAfter, RandomNumberGenerator.GetBytes(8));
            File.WriteAllText(_folder.In($"{name}.pem"), issued.ExportCertificatePem());
            File.WriteAllText(_folder.In($"{name}.key"), own.ExportPkcs8PrivateKeyPem());
        }
    }
}
