using System.Net.Security;
using System.Security.Authentication;
using AcmeKestrel.Configuration;
using AcmeKestrel.Serving.Finding;
using AcmeKestrel.Tests.Lifecycle;
using Microsoft.Extensions.Primitives;

namespace AcmeKestrel.Tests.Serving;

/// <summary>
/// Clients that come again, at an edge with more certificates than the platform keeps contexts. Server and client share the platform's cache here as no two processes would, and so do the tests that
/// run beside these: they can empty it at any moment, but only of what nobody holds.
/// </summary>
public sealed class HotSetTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public void The_platform_is_one_whose_contexts_can_be_held() => Assert.Equal(OperatingSystem.IsLinux(), SessionContexts.AreKnown);

    [Fact]
    public async Task With_a_place_for_each_name_everybody_who_comes_again_resumes()
    {
        await using var visitors = await Visitors.AtAsync(new TestSettings { HotNames = Visitors.Names });

        await visitors.GoRoundAsync();
        await visitors.GoRoundAsync();

        Assert.Equal(Visitors.Names, visitors.Hot.Count);
        Assert.Equal(Visitors.Names, await visitors.GoRoundAsync());
    }

    [Fact]
    public async Task With_no_places_hardly_anybody_does_and_nothing_is_held()
    {
        await using var visitors = await Visitors.AtAsync(new TestSettings { HotNames = 0 });

        await visitors.GoRoundAsync();
        await visitors.GoRoundAsync();

        Assert.InRange(await visitors.GoRoundAsync(), 0, Visitors.Names / 2);
        Assert.Equal(0, visitors.Hot.Count);
    }

    [Fact]
    public async Task Where_there_are_few_certificates_nothing_is_held()
    {
        await using var visitors = await Visitors.AtAsync(new TestSettings());

        for (var i = 0; i < 48; i++) await visitors.VisitAsync(i % 16);
        Assert.Equal(0, visitors.Hot.Count);

        await visitors.VisitAsync(16);
        Assert.Equal(1, visitors.Hot.Count);
    }

    [Fact]
    public async Task The_places_go_to_the_names_that_are_used_most()
    {
        await using var visitors = await Visitors.AtAsync(new TestSettings { HotNames = 8 });
        await visitors.GoRoundAsync();

        for (var i = 0; i < 20; i++)
        {
            for (var name = 30; name < 38; name++) visitors.Loaded(name);
        }

        // Their places wait for them, whoever comes first.
        visitors.Hot.Choose();
        for (var name = 0; name < 30; name++) await visitors.VisitAsync(name);
        for (var name = 30; name < 38; name++) await visitors.VisitAsync(name);
        for (var name = 0; name < 30; name++) await visitors.VisitAsync(name);

        Assert.Equal(8, visitors.Hot.Count);
        for (var name = 30; name < 38; name++) Assert.True(await visitors.VisitAsync(name));
    }

    [Fact]
    public async Task A_swap_gives_up_what_was_held_and_the_new_certificate_is_held_in_its_place()
    {
        await using var visitors = await Visitors.AtAsync(new TestSettings { HotNames = Visitors.Names });
        await visitors.GoRoundAsync();
        await visitors.GoRoundAsync();
        var old = visitors.Loaded(7);
        var context = visitors.ContextOf(7);
        Assert.True(old.Pins.IsHot);

        visitors.Edge.Table.Publish(Visitors.Ca.Issue(Visitors.Name(7)));

        Assert.False(old.Pins.IsHot);
        Assert.True(old.IsGone);
        Assert.Equal(Visitors.Names - 1, visitors.Hot.Count);
        await visitors.SweepUntilAsync(() => context.IsClosed);
        Assert.False(await visitors.VisitAsync(7));
        Assert.True(await visitors.VisitAsync(7));
        Assert.Equal(Visitors.Names, visitors.Hot.Count);
    }

    [Fact]
    public async Task What_makes_room_for_others_gives_up_what_was_held_while_its_connections_go_on()
    {
        await using var visitors = await Visitors.AtAsync(new TestSettings { HotNames = Visitors.Names });
        await visitors.GoRoundAsync();
        await visitors.GoRoundAsync();
        var certificate = visitors.Loaded(3);
        var context = visitors.ContextOf(3);
        var (tls, _, isOver) = await visitors.OpenAsync(3);

        visitors.Edge.Table.Withdraw(Visitors.Name(3));

        Assert.False(certificate.Pins.IsHot);
        for (var name = 4; name < Visitors.Names; name++)
        {
            visitors.Edge.Table.Publish(Visitors.Ca.Issue(Visitors.Name(name)));
            await visitors.VisitAsync(name);
        }

        Assert.False(context.IsClosed);
        await tls.WriteAsync("x"u8.ToArray(), Cancel);
        await tls.ReadExactlyAsync(new byte[1], Cancel);
        await tls.DisposeAsync();
        await isOver;
        await visitors.SweepUntilAsync(() => context.IsClosed);
        Assert.True(certificate.IsGone);
    }

    [Fact]
    public async Task Fewer_places_after_a_reload_are_fewer_at_once()
    {
        var settings = new TestSettings { HotNames = Visitors.Names };
        await using var visitors = await Visitors.AtAsync(settings);
        await visitors.GoRoundAsync();
        await visitors.GoRoundAsync();

        settings.HotNames = 5;
        visitors.Hot.Choose();
        Assert.Equal(5, visitors.Hot.Count);

        settings.HotNames = 0;
        visitors.Hot.Choose();
        Assert.Equal(0, visitors.Hot.Count);
    }

    [Fact]
    public async Task Endpoints_of_other_protocol_versions_have_sessions_of_their_own_that_are_held_as_well()
    {
        await using var visitors = await Visitors.AtAsync(new TestSettings { HotNames = Visitors.Names }, SslProtocols.Tls12, SslProtocols.Tls13);

        foreach (var endpoint in new[] { 0, 1, 0, 1 }) await visitors.GoRoundAsync(endpoint);

        Assert.Equal(Visitors.Names, await visitors.GoRoundAsync(0));
        Assert.Equal(Visitors.Names, await visitors.GoRoundAsync(1));
    }

    [Fact]
    public async Task What_is_held_is_given_up_with_the_application()
    {
        await using var visitors = await Visitors.AtAsync(new TestSettings { HotNames = Visitors.Names });
        await visitors.GoRoundAsync();
        await visitors.GoRoundAsync();
        var certificate = visitors.Loaded(20);

        visitors.Hot.Dispose();

        Assert.False(certificate.Pins.IsHot);
        await visitors.VisitAsync(20);
        Assert.Equal(0, visitors.Hot.Count);
    }

    [Fact]
    public async Task Counting_a_handshake_and_holding_what_is_held_allocates_nothing()
    {
        await using var visitors = await Visitors.AtAsync(new FixedSettings(new TestSettings { HotNames = Visitors.Names }.Current));
        await visitors.GoRoundAsync();
        await visitors.GoRoundAsync();
        var (certificate, connection) = (visitors.Loaded(9), visitors.ConnectionOf(9));
        long allocated = 0;
        for (var i = 0; i < 100; i++)
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            certificate.TryUse();
            certificate.Release(connection);
            allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        }

        Assert.True(certificate.Pins.IsHot);
        Assert.Equal(0, allocated);
    }

    [Fact]
    public async Task Names_come_and_go_under_load_and_no_handshake_fails()
    {
        var settings = new TestSettings { HotNames = 24, MaxLoaded = 32 };
        await using var visitors = await Visitors.AtAsync(settings);

        await Task.WhenAll(Enumerable.Range(0, 6).Select(async worker =>
        {
            var random = new Random(worker);
            for (var i = 0; i < 60; i++)
            {
                var name = random.Next(Visitors.Names);
                if (i % 7 == worker) visitors.Edge.Table.Publish(Visitors.Ca.Issue(Visitors.Name(name)));
                if (i % 11 == worker) visitors.Hot.Choose();
                await visitors.VisitAsync(name);
            }
        }));

        Assert.InRange(visitors.Hot.Count, 1, 24);
    }

    /// <summary>As the library's own are: not made anew each time.</summary>
    private sealed record FixedSettings(AcmeSettings Current) : IAcmeSettings
    {
        public IChangeToken GetChangeToken() => new CancellationChangeToken(CancellationToken.None);
    }
}
