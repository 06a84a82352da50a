using System.Security.Cryptography.X509Certificates;
using System.Text;
using AcmeKestrel.Certificates;
using AcmeKestrel.LocalCa;
using AcmeKestrel.Protocol;
using AcmeKestrel.Tests.Protocol;
using Microsoft.Extensions.Time.Testing;

namespace AcmeKestrel.Tests.Hostile;

/// <summary>A client and the embedded CA with a faulty transport between them; no socket is opened.</summary>
internal sealed class World : IAsyncDisposable
{
    private readonly LocalCaServer _ca;
    private readonly byte[] _certificateKey = CertificateKey.Create(AcmeKeyType.P256);

    /// <param name="ca">The CA's end of the transport; null = the embedded CA.</param>
    public World(HttpMessageHandler? ca = null, string? directoryUrl = null)
    {
        _ca = new LocalCaServer(new LocalCaServerOptions { TimeProvider = Time, AlternateChains = 1, ExternalAccounts = { ["kid-1"] = Encoding.ASCII.GetBytes(Secrets.PlainMacKey) } });
        Transport = new FaultyTransport(ca ?? _ca.CreateHandler(), Time);
        Client = new AcmeClient(new AcmeClientOptions
        {
            DirectoryUrl = $"{directoryUrl ?? _ca.DirectoryUrl}?{FaultyTransport.Capability}",
            Handler = Transport,
            TimeProvider = Time,
            Logger = Log,
        });
    }

    public FakeTimeProvider Time { get; } = new PauseSkippingTime(new DateTimeOffset(2026, 11, 23, 12, 0, 0, TimeSpan.Zero));

    public RecordedLog Log { get; } = new();

    public FaultyTransport Transport { get; }

    public AcmeClient Client { get; }

    public AcmeAccountKey Key { get; } = AcmeAccountKey.Create();

    public static CancellationToken Ct => TestContext.Current.CancellationToken;

    public IEnumerable<string> PrivateKeys => [Key.ToPem(), CertificateKey.ToPem(_certificateKey)];

    public AcmeAccountKey CertificateAccountKey => AcmeAccountKey.FromPem(CertificateKey.ToPem(_certificateKey));

    public Task<AcmeAccount> RegisterAsync() => Client.RegisterAsync(Key, new AcmeRegistration { TermsOfServiceAgreed = true, ExternalAccount = new() { KeyId = "kid-1", MacKey = Secrets.MacKey } }, Ct);

    public static Task<AcmeOrder> OrderAsync(AcmeAccount account) => account.OrderAsync(new([AcmeIdentifier.Parse("shop.test")]), Ct);

    public byte[] SigningRequest() => CertificateKey.CreateSigningRequest(_certificateKey, [AcmeIdentifier.Parse("shop.test")]);

    /// <summary>An order whose name is validated.</summary>
    public static async Task<AcmeOrder> ReadyOrderAsync(AcmeAccount account)
    {
        var order = await OrderAsync(account);
        var authorization = await account.GetAuthorizationAsync(order.Authorizations.Single(), Ct);
        await account.AnswerAsync(authorization.Challenges[0].Url, Ct);
        var ready = await account.GetOrderAsync(order.Url, Ct);
        Assert.Equal(AcmeStatus.Ready, ready.Status);
        return ready;
    }

    /// <summary>A certificate's URL and its DER.</summary>
    public async Task<(string Url, byte[] Der)> IssueAsync(AcmeAccount account)
    {
        var order = await account.FinalizeAsync(await ReadyOrderAsync(account), SigningRequest(), Ct);
        var download = await account.DownloadAsync(order.Certificate!, Ct);
        using var leaf = X509Certificate2.CreateFromPem(Encoding.ASCII.GetString(download.Pem.Span));
        return (order.Certificate!, leaf.RawData);
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        Key.Dispose();
        Log.Dispose();
        await _ca.DisposeAsync();
    }
}
