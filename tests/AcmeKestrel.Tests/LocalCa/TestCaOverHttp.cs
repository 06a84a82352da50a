using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json.Nodes;
using AcmeKestrel.LocalCa;
using Microsoft.Extensions.Time.Testing;

namespace AcmeKestrel.Tests.LocalCa;

/// <summary>An embedded CA whose options a test sets first, and a client with an account.</summary>
internal sealed class TestCaOverHttp : IAsyncDisposable
{
    private TestCaOverHttp(LocalCaServerOptions options)
    {
        options.TimeProvider = Time;
        Ca = new LocalCaServer(options);
        Options = options;
        Client = NewClient();
    }

    public FakeTimeProvider Time { get; } = new(new DateTimeOffset(2026, 3, 1, 12, 0, 0, TimeSpan.Zero));

    public LocalCaServerOptions Options { get; }

    public LocalCaServer Ca { get; }

    public TinyAcmeClient Client { get; }

    public ECDsa LeafKey { get; } = ECDsa.Create(ECCurve.NamedCurves.nistP256);

    public static async Task<TestCaOverHttp> StartAsync(LocalCaServerOptions? options = null)
    {
        var ca = new TestCaOverHttp(options ?? new LocalCaServerOptions());
        await ca.Client.RegisterAsync();
        return ca;
    }

    public TinyAcmeClient NewClient() => new(Ca.CreateHandler(), Ca.DirectoryUrl);

    public async Task<Reply> OrderAsync(string name, params (string Name, string Value)[] more)
    {
        var payload = new JsonObject { ["identifiers"] = new JsonArray(new JsonObject { ["type"] = "dns", ["value"] = name }) };
        foreach (var (key, value) in more) payload[key] = value;
        return await Client.PostAsync(await Client.UrlAsync("newOrder"), payload.ToJsonString());
    }

    /// <summary>The certificate's URL.</summary>
    public async Task<string> IssueAsync(string name, params (string Name, string Value)[] more)
    {
        var order = await OrderAsync(name, more);
        Assert.Equal(201, order.Status);
        await Client.ProveAsync(order, "http-01", (_, _) => { });
        return (string)(await Client.FinalizeAsync(order, TinyAcmeClient.Csr(LeafKey, [name]))).Json["certificate"]!;
    }

    public async Task<X509Certificate2> CertificateAsync(string name, params (string Name, string Value)[] more) =>
        X509Certificate2.CreateFromPem((await Client.ReadAsync(await IssueAsync(name, more))).Body);

    public Task<Reply> GetAsync(string url) => Client.SendAsync(new HttpRequestMessage(HttpMethod.Get, url));

    /// <summary>A client's own way to the identifier of RFC 9773 section 4.1.</summary>
    public static string RenewalId(X509Certificate2 certificate)
    {
        var issuer = certificate.Extensions.OfType<X509AuthorityKeyIdentifierExtension>().Single().KeyIdentifier!.Value;
        return $"{TinyAcmeClient.B64(issuer.Span)}.{TinyAcmeClient.B64(certificate.SerialNumberBytes.Span)}";
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        LeafKey.Dispose();
        await Ca.DisposeAsync();
    }
}
