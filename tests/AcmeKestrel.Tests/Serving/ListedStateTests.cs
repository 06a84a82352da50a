using System.Net;
using AcmeKestrel.Certificates;
using AcmeKestrel.Certificates.Ports;
using AcmeKestrel.Lifecycle.State;
using AcmeKestrel.Lifecycle.Stored;
using AcmeKestrel.Serving.Finding;
using AcmeKestrel.Storage;
using AcmeKestrel.Tests.Lifecycle;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;

namespace AcmeKestrel.Tests.Serving;

/// <summary>What visitors get whose names are stored while the state is still being listed, and strangers ask for names without end.</summary>
public sealed class ListedStateTests
{
    private static readonly TestCa Ca = new();
    private static readonly DateTimeOffset Later = DateTimeOffset.FromUnixTimeSeconds(DateTimeOffset.UtcNow.ToUnixTimeSeconds()).AddDays(60);
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private readonly FlakyStore _store = new(new MemoryStore(TimeProvider.System));

    [Fact]
    public async Task Of_two_labels_the_one_is_found_whose_key_the_client_can_verify()
    {
        await StoreAsync(Ca.Issue("shop.test"), Ca.Issue("www.shop.test", KeyFamily.Rsa, Later, "shop.test", "www.shop.test"));
        foreach (var (accepts, label) in new[] { (KeyFamily.Rsa, "www.shop.test"), (KeyFamily.All, "shop.test") })
        {
            using var scene = new FindingScene(handler: Search);

            Assert.NotNull(await scene.FindAsync("shop.test", accepts: accepts));
            Assert.Equal(label, scene.Table.Find("shop.test", accepts)!.Facts.Label);
        }
    }

    [Theory]
    [InlineData("192.0.2.7", null)]
    [InlineData("*.shop.test", "api.shop.test")]
    public async Task Addresses_and_wildcards_are_found_like_names(string stored, string? serverName)
    {
        await StoreAsync(Ca.Issue(stored));
        using var scene = new FindingScene(handler: Search);

        Assert.NotNull(await scene.FindAsync(serverName, new IPEndPoint(IPAddress.Parse("192.0.2.7"), 443)));
    }

    /// <summary>Before it is known what is stored, and after.</summary>
    [Fact]
    public async Task A_flood_of_unknown_names_leaves_a_stored_one_served()
    {
        await StoreAsync([.. Enumerable.Range(0, 3).Select(i => Ca.Issue($"{i}.shop.test"))]);
        var (names, records) = (new TaskCompletionSource(), new TaskCompletionSource());
        (_store.Listing, _store.Reading) = (_ => names.Task, _ => records.Task);
        using var scene = new FindingScene(handler: Search);

        // Of the stored names' own network, too.
        var early = Flood(scene, "early");
        var first = scene.FindAsync("0.shop.test").AsTask();
        names.SetResult();
        Assert.All(await Task.WhenAll(early).WaitAsync(TimeSpan.FromSeconds(60), Cancel), Assert.Null);

        var late = Flood(scene, "late");
        var others = new[] { "1.shop.test", "2.shop.test" }.Select(name => scene.FindAsync(name).AsTask()).ToList();
        Assert.All(await Task.WhenAll(late).WaitAsync(TimeSpan.FromSeconds(60), Cancel), Assert.Null);
        records.SetResult();

        Assert.All(await Task.WhenAll([first, .. others]).WaitAsync(TimeSpan.FromSeconds(60), Cancel), Assert.NotNull);
    }

    [Fact]
    public async Task At_an_edge_visitors_of_stored_names_are_served_amid_strangers_while_the_state_is_listed_and_after()
    {
        var stored = Enumerable.Range(0, 8).Select(i => Ca.Issue($"{i}.shop.test")).ToArray();
        await StoreAsync(stored);
        await using var edge = await TestEdge.StartAsync(builder =>
        {
            builder.WebHost.UseUrls("https://127.0.0.1:0");
            builder.Services.AddSingleton(provider => Search(provider.GetRequiredService<CertificateTable>()));
            builder.Services.AddSingleton<ICertificateMissHandler>(provider => provider.GetRequiredService<CertificateSearch>());
            builder.Services.AddSingleton<ICertificateSource>(new StoredCertificates(_store, Loader, new Nobody(), NullLogger<StoredCertificates>.Instance));
        });

        await VisitAsync(edge, [.. stored[..4]]);

        // All is listed by now: the others are known by their facts alone.
        foreach (var generation in stored[4..]) edge.Table.Publish(CertificateFacts.Of(generation));
        edge.App.Services.GetRequiredService<CertificateSearch>().End();
        await VisitAsync(edge, [.. stored[4..]]);
    }

    private static async Task VisitAsync(TestEdge edge, Generation[] stored)
    {
        var strangers = Enumerable.Range(0, 100).Select(i => TlsClient.VisitAsync(edge.Https, $"n{i}.test")).ToList();
        var visitors = stored.Select(generation => TlsClient.VisitAsync(edge.Https, generation.Label, Ca)).ToList();

        Assert.All(await Task.WhenAll(visitors), visitor => Assert.True(visitor.IsTrusted));
        Assert.All(await Task.WhenAll(strangers), stranger => Assert.Equal("fallback.invalid", stranger.Name));
    }

    private static List<Task<LoadedCertificate?>> Flood(FindingScene scene, string kind) => [.. Enumerable.Range(0, 2000).Select(i => scene.FindAsync($"{kind}{i}.test", remote: $"192.0.{2 + (i % 200)}.1").AsTask())];

    private LabelLoader Loader => new(_store, NullLogger<LabelLoader>.Instance);

    private CertificateSearch Search(CertificateTable table) => new(Loader, table);

    private async Task StoreAsync(params Generation[] generations)
    {
        foreach (var generation in generations) await _store.WriteAsync(new StoreWrite(GenerationRecord.Key(generation.Label, generation.Id), GenerationRecord.Write(generation)), Cancel);
    }

    private sealed class Nobody : ISuspects
    {
        public void Suspect(string label, string generation)
        {
        }
    }
}
