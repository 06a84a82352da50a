using System.Security.Cryptography;
using System.Text;
using AcmeKestrel.Certificates;
using AcmeKestrel.Certificates.Ports;
using AcmeKestrel.Diagnostics;
using AcmeKestrel.Lifecycle.Stored;
using AcmeKestrel.Storage;
using AcmeKestrel.Storage.Files;
using AcmeKestrel.Tests.Serving;
using AcmeKestrel.Tests.Storage;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;

namespace AcmeKestrel.Tests.Lifecycle;

/// <summary>Certificates that are looked at apart from their labels' work: while the state is still being listed, and slowly after the start.</summary>
public sealed class StoredCertificateTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 11, 28, 12, 0, 0, TimeSpan.Zero));
    private readonly TestStore _store;
    private readonly TestSettings _settings = new();
    private readonly TestCa _ca;

    public StoredCertificateTests() => (_store, _ca) = (new TestStore(_time), new TestCa(_time));

    [Theory]
    [InlineData("shop.test", "shop.test", true)]
    [InlineData("www.shop.test", "shop.test", true)]
    [InlineData("*.shop.test", "api.shop.test", true)]
    [InlineData("other.test", "shop.test", false)]
    public async Task While_the_state_is_listed_a_name_is_found_by_its_own_folder(string label, string asked, bool isFound)
    {
        await using var edge = await IssuedAsync(label);
        edge.Published.Current.Clear();
        var search = new CertificateSearch(edge.Get<LabelLoader>(), edge.Published);

        Assert.Equal(isFound, await search.OnMissAsync(Question(asked), Token));
        Assert.Equal(isFound, edge.Published.Current.ContainsKey(label));
    }

    /// <summary>Strangers make up names without end, and of a hundred thousand folders the names alone are a look of some length.</summary>
    [Fact]
    public async Task The_names_of_what_is_stored_are_listed_once_whoever_asks()
    {
        using var state = new StateFolder(_time);
        var files = new CountingFiles(LocalFileSystem.Below(state.Path));
        await using var edge = await Edge.StartAsync(_time, _ca, _settings, state.Open(files: files), [Wishes.Of("shop.test")]);
        await edge.RunAsync(TimeSpan.FromMinutes(1));
        edge.Published.Current.Clear();
        var search = new CertificateSearch(edge.Get<LabelLoader>(), edge.Published);
        Assert.False(await search.MayHaveAsync("first.test", Token));
        var listed = files.Entries;

        for (var i = 0; i < 1000; i++) Assert.False(await search.MayHaveAsync($"n{i}.test", Token));
        Assert.True(await search.MayHaveAsync("shop.test", Token));
        Assert.True(await search.OnMissAsync(Question("shop.test"), Token));

        Assert.Equal(("shop.test", listed), (Assert.Single(edge.Published.Current).Key, files.Entries));
    }

    /// <summary>While it is listed nobody knows whether there is another one.</summary>
    [Fact]
    public async Task A_record_that_cannot_be_read_now_is_not_called_missing()
    {
        await using var edge = await IssuedAsync("shop.test");
        var search = new CertificateSearch(edge.Get<LabelLoader>(), edge.Published);
        Assert.True(await search.MayHaveAsync("shop.test", Token));
        _store.Shown = record => record.Key.Kind == RecordKind.Certificate ? new StoreRecord(record.Key, record.Version, new RecordContent([])) { Error = "The disk does not answer.", IsUnread = true } : record;

        await Assert.ThrowsAsync<StoreUnavailableException>(() => search.OnMissAsync(Question("shop.test"), Token).AsTask());
    }

    [Fact]
    public async Task When_all_is_listed_nothing_is_searched()
    {
        await using var edge = await IssuedAsync("shop.test");

        Assert.False(edge.Get<CertificateSearch>().IsAsked);
    }

    /// <summary>A key that no handshake asks for.</summary>
    [Fact]
    public async Task The_slow_pass_finds_what_is_damaged()
    {
        await using (await IssuedAsync("shop.test"))
        {
        }

        var log = new ToldEvents();
        await using var edge = await Edge.StartAsync(_time, _ca, _settings, _store, [Wishes.Of("shop.test")], log: log);
        await edge.RunAsync(TimeSpan.FromMinutes(1));
        _store.Damage(Assert.Single(_store.All(RecordKind.Certificate)).Key, "privkey");

        await edge.Get<StoredCertificates>().CheckAsync(edge.Entry("shop.test").Certificate!, Token);
        Assert.True(edge.Entry("shop.test").IsSuspect);
        await edge.RunAsync(TimeSpan.FromMinutes(1));

        Assert.Equal(AcmeCertificateState.Held, edge.Status("shop.test").State);
        Assert.NotEqual(0, log.Count(621));
    }

    /// <summary>From a visitor's handshake to what the operator reads.</summary>
    [Fact]
    public async Task A_handshake_that_finds_another_ones_key_holds_the_label_and_says_so()
    {
        await using (await IssuedAsync("shop.test"))
        {
        }

        var log = new ToldEvents();
        await using var edge = await Edge.StartAsync(_time, _ca, _settings, _store, [Wishes.Of("shop.test")], log: log);
        await edge.RunAsync(TimeSpan.FromMinutes(1));
        await using var server = await TestEdge.StartAsync(builder =>
        {
            builder.WebHost.UseUrls("https://127.0.0.1:0");
            builder.Services.AddSingleton(edge.Get<ICertificateSource>());
        });
        server.Table.Publish(edge.Entry("shop.test").Certificate!);
        using var another = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        _store.Damage(Assert.Single(_store.All(RecordKind.Certificate)).Key, "privkey", Encoding.ASCII.GetBytes(another.ExportPkcs8PrivateKeyPem()));
        Assert.Equal(AcmeCertificateState.Served, edge.Status("shop.test").State);

        Assert.Equal("fallback.invalid", (await TlsClient.VisitAsync(server.Https, "shop.test")).Name);
        await edge.RunAsync(TimeSpan.FromMinutes(1));

        Assert.Equal(AcmeCertificateState.Held, edge.Status("shop.test").State);
        Assert.NotEqual(0, log.Count(621));
    }

    /// <summary>A length that is written longer than it need be is no DER, and OpenSSL reads it.</summary>
    [Fact]
    public async Task What_the_quick_look_does_not_understand_is_read_with_every_check_before_it_is_called_damaged()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Other platforms read DER alone.");
        var log = new ToldEvents();
        await using var edge = await Edge.StartAsync(_time, _ca, _settings, _store, [Wishes.Of("shop.test")], log: log);
        await edge.SettleAsync("shop.test");
        var chain = edge.Published.Current["shop.test"].Chain;
        var leaf = chain.Leaf.Span;
        Assert.Equal(0x82, leaf[1]);
        _store.Damage(
            Assert.Single(_store.All(RecordKind.Certificate)).Key,
            "fullchain",
            Encoding.ASCII.GetBytes(PemEncoding.WriteString("CERTIFICATE", [leaf[0], 0x83, 0, .. leaf[2..]]) + "\n" + chain.ToIntermediatesPem()));

        var found = await edge.Get<StoredCertificates>().ReadAsync(edge.Entry("shop.test").Certificate!, Token);

        Assert.Equal(edge.Entry("shop.test").Certificate!.Generation, found!.Id);
        Assert.Equal((0, false), (log.Count(621), edge.Entry("shop.test").IsSuspect));
    }

    private static CertificateQuestion Question(string name) => new(name, KeyFamily.All, null, "");

    private async Task<Edge> IssuedAsync(string label)
    {
        var edge = await Edge.StartAsync(_time, _ca, _settings, _store, [Wishes.Of(label, [label.TrimStart('*', '.')])]);
        await edge.SettleAsync(label);
        return edge;
    }
}
