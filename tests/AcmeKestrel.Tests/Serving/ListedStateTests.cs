using System.Net;
using System.Security.Cryptography.X509Certificates;
using AcmeKestrel.Certificates;
using AcmeKestrel.Certificates.Ports;
using AcmeKestrel.Challenges;
using AcmeKestrel.Lifecycle.State;
using AcmeKestrel.Lifecycle.Stored;
using AcmeKestrel.Serving.Finding;
using AcmeKestrel.Storage;
using AcmeKestrel.Tests.Challenges;
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
        await using var edge = await StartListedAsync();

        await VisitAsync(edge, [.. stored[..4]]);

        // All is listed by now: the others are known by their facts alone.
        foreach (var generation in stored[4..]) edge.Table.Publish(CertificateFacts.Of(generation));
        edge.App.Services.GetRequiredService<CertificateSearch>().End();
        await VisitAsync(edge, [.. stored[4..]]);
    }

    /// <summary>A second name of a certificate is under no label that could be guessed.</summary>
    [Theory]
    [InlineData("second.test")]
    [InlineData("stranger.test")]
    public async Task A_name_that_the_list_may_still_come_to_is_shown_nothing_in_its_place(string name)
    {
        var generation = Ca.Issue("first", KeyFamily.P256, Later, "first.test", "second.test");
        await StoreAsync(generation);
        await using var edge = await StartListedAsync();
        var search = edge.App.Services.GetRequiredService<CertificateSearch>();
        search.BeginListing();

        await Assert.ThrowsAnyAsync<IOException>(() => TlsClient.VisitAsync(edge.Https, name));

        edge.Table.Publish(CertificateFacts.Of(generation));
        search.EndLooking();
        var seen = await TlsClient.VisitAsync(edge.Https, name);
        Assert.Equal(name == "second.test" ? "first.test" : "fallback.invalid", seen.Name);
    }

    /// <summary>It is no question of time then, and the application serves (promise 3).</summary>
    [Fact]
    public async Task Where_what_is_stored_cannot_be_read_names_get_what_unknown_ones_get()
    {
        await using var edge = await StartListedAsync();
        var search = edge.App.Services.GetRequiredService<CertificateSearch>();
        search.BeginListing();
        search.FailListing();

        Assert.Equal("fallback.invalid", (await TlsClient.VisitAsync(edge.Https, "shop.test")).Name);
    }

    /// <summary>A CA that is sent on from port 80 may have come for an order of that process'.</summary>
    [Fact]
    public async Task Where_another_process_orders_a_name_gets_what_unknown_ones_get()
    {
        await using var edge = await StartListedAsync(adds: services => services.AddSingleton<IStoredAnswers>(new AnswersElsewhere()));
        edge.App.Services.GetRequiredService<CertificateSearch>().BeginListing();

        Assert.Equal("fallback.invalid", (await TlsClient.VisitAsync(edge.Https, "new.test")).Name);
    }

    /// <summary>Another process committed one meanwhile.</summary>
    [Fact]
    public async Task The_names_of_a_later_list_count()
    {
        using var scene = new FindingScene();
        var search = Search(scene.Table);
        search.Know(["first.test@20261101T000000Z-00000000"]);
        Assert.False(await search.MayHaveAsync("second.test", Cancel));

        search.Know(["first.test@20261101T000000Z-00000000", "second.test@20261101T000000Z-00000000"]);

        Assert.True(await search.MayHaveAsync("second.test", Cancel));
    }

    [Fact]
    public async Task A_certificate_of_the_users_own_is_shown_while_the_state_is_listed()
    {
        using var own = Ca.UsersOwn("own.test");
        await using var edge = await StartListedAsync(own);
        edge.App.Services.GetRequiredService<CertificateSearch>().BeginListing();

        Assert.Equal("own.test", (await TlsClient.VisitAsync(edge.Https, "own.test")).Name);
    }

    /// <summary>At a later takeover all that was listed is known.</summary>
    [Fact]
    public void What_was_listed_once_is_not_waited_for_again()
    {
        using var scene = new FindingScene();
        var search = Search(scene.Table);
        search.BeginListing();
        Assert.True(search.IsListing);

        search.EndLooking();
        search.BeginListing();

        Assert.False(search.IsListing);
    }

    private static async Task VisitAsync(TestEdge edge, Generation[] stored)
    {
        var strangers = Enumerable.Range(0, 100).Select(i => TlsClient.VisitAsync(edge.Https, $"n{i}.test")).ToList();
        var visitors = stored.Select(generation => TlsClient.VisitAsync(edge.Https, generation.Label, Ca)).ToList();

        Assert.All(await Task.WhenAll(visitors), visitor => Assert.True(visitor.IsTrusted));
        Assert.All(await Task.WhenAll(strangers), stranger => Assert.Equal("fallback.invalid", stranger.Name));
    }

    /// <param name="own">The endpoint's.</param>
    private Task<TestEdge> StartListedAsync(X509Certificate2? own = null, Action<IServiceCollection>? adds = null) => TestEdge.StartAsync(builder =>
    {
        if (own is null) builder.WebHost.UseUrls("https://127.0.0.1:0");
        else builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, endpoint => endpoint.UseHttps(own)));
        builder.Services.AddSingleton(provider => Search(provider.GetRequiredService<CertificateTable>()));
        builder.Services.AddSingleton<ICertificateMissHandler>(provider => provider.GetRequiredService<CertificateSearch>());
        builder.Services.AddSingleton<ICertificateSource>(new StoredCertificates(_store, Loader, new Nobody(), NullLogger<StoredCertificates>.Instance));
        adds?.Invoke(builder.Services);
    });

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
