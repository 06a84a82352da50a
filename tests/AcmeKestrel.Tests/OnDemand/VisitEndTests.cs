using AcmeKestrel.Certificates;
using AcmeKestrel.Configuration.Zones;
using AcmeKestrel.Lifecycle;
using AcmeKestrel.Lifecycle.OnDemand;
using AcmeKestrel.Storage;
using AcmeKestrel.Tests.Lifecycle;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace AcmeKestrel.Tests.OnDemand;

/// <summary>When a name on demand is wished no more, and what is no reason for it.</summary>
public sealed class VisitEndTests : OnDemandEdge
{
    /// <summary>Its customer has left, and whoever has the domain now has it elsewhere.</summary>
    [Fact]
    public async Task What_was_visited_and_cannot_be_renewed_takes_no_machine_out_and_goes_a_day_after_its_end()
    {
        await using var edge = await StartAsync(Name);
        await RunAsync(edge, 20);
        Visits.Marked.Add(Name);
        await RunAsync(edge, 1);
        Assert.Equal(2, Written);
        edge.Reach = (_, _) => "it is elsewhere";

        await RunAsync(edge, 64);
        Assert.Equal(HealthStatus.Degraded, (await CheckAsync(edge)).Status);
        await RunAsync(edge, 5);
        await edge.RunAsync(TimeSpan.FromHours(2));
        await KeepAsync(edge);
        Assert.True(edge.Status(Name).NotAfter < Time.GetUtcNow());
        Assert.Equal((HealthStatus.Degraded, 1), ((await CheckAsync(edge)).Status, Names.Count));

        await RunAsync(edge, 2);
        Assert.Empty(Names);
        Assert.Null(edge.Get<Labels>().WishOf(Name));
        Assert.Equal(HealthStatus.Healthy, (await CheckAsync(edge)).Status);
    }

    [Fact]
    public async Task One_that_has_ended_stays_as_long_as_somebody_comes_for_it()
    {
        await using var edge = await StartAsync(Name);
        await RunAsync(edge, 20);
        Visits.Marked.Add(Name);
        edge.Reach = (_, _) => "the CA does not get through";
        await RunAsync(edge, 70);

        for (var hour = 0; hour < 72; hour += 8)
        {
            edge.Get<OnDemandWishes>().Miss(Name);
            await edge.RunAsync(TimeSpan.FromHours(8));
            await KeepAsync(edge);

            // Nobody came since the look before.
            await edge.RunAsync(TimeSpan.FromMinutes(1));
            await KeepAsync(edge);
        }

        Assert.Equal([Name], Names);
    }

    /// <summary>A folder that cannot be read for a moment is no name without a certificate.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_certificate_that_cannot_be_read_is_one_all_the_same(bool mayPass)
    {
        await using (var first = await StartAsync(Name)) await RunAsync(first, 2);
        Store.Shown = record => record.Key.Kind != RecordKind.Certificate ? record
            : mayPass ? record with { Error = "the disk does not answer", IsUnread = true }
            : record with { Error = "it is damaged" };

        await using var edge = await StartAsync();
        Assert.Null(edge.Entry(Name).Certificate);
        await KeepAsync(edge);

        Assert.Equal([Name], Names);
    }

    /// <summary>The duty begins when the state is read, and wishes are read beside it.</summary>
    [Fact]
    public async Task Nothing_goes_before_it_is_known_what_is_wished()
    {
        await using (var first = await StartAsync(Name)) await RunAsync(first, 2);

        await using var edge = await StartAsync(readsWishes: false);
        await edge.Get<OnDemandKeeper>().LookAsync(edge.Session, Token);

        Assert.Equal([Name], Names);
    }

    /// <summary>The name can be no wish then, and its certificate is as good as before.</summary>
    [Fact]
    public async Task A_setting_that_no_name_on_demand_can_be_wished_with_takes_no_name_away()
    {
        await using var edge = await StartAsync(Name);
        await edge.RunAsync(TimeSpan.FromDays(2));
        Settings.Dns = new DnsSettings { Zones = [("own.example", "corp")] };
        Settings.Challenges = [ChallengeTypes.Http01, ChallengeTypes.Dns01];
        await edge.Get<WishFollower>().ReadAsync(Token);
        Assert.Null(edge.Get<Labels>().WishOf(Name));

        await KeepOnAsync(edge);

        Assert.Equal([Name], Names);
        Settings.Challenges = [ChallengeTypes.Http01];
        await edge.Get<WishFollower>().ReadAsync(Token);
        Assert.NotNull(edge.Get<Labels>().WishOf(Name));
    }

    /// <summary>It had no certificate yet: whether it can have one is not known.</summary>
    [Fact]
    public async Task A_name_that_can_be_no_wish_now_does_not_go_for_having_no_certificate()
    {
        await using var edge = await StartAsync();
        Assert.Null(await edge.Get<OnDemandRegister>().WishAsync(Name, Token));
        Settings.Challenges = [ChallengeTypes.Dns01];
        await edge.Get<WishFollower>().ReadAsync(Token);
        await edge.RunAsync(TimeSpan.FromDays(2));

        await KeepOnAsync(edge);

        Assert.Equal([Name], Names);
    }

    /// <summary>Somebody else's wish for it may be over as soon as it came.</summary>
    [Fact]
    public async Task A_name_that_somebody_else_wishes_for_a_while_is_there_when_that_is_over()
    {
        await using var edge = await StartAsync(Name);
        await edge.RunAsync(TimeSpan.FromDays(2));
        var ensuring = edge.Get<LabelDesk>().EnsureAsync("theirs", new AcmeCertificateRequest([Name]), [AcmeIdentifier.Parse(Name)], Token);
        while (!ensuring.IsCompleted) await edge.RunAsync(TimeSpan.FromSeconds(1));
        Assert.Null(edge.Get<Labels>().WishOf(Name));

        await KeepOnAsync(edge);
        Assert.True(await edge.Get<LabelDesk>().ForgetAsync("theirs", Token));
        await KeepAsync(edge);

        Assert.Equal([Name], Names);
        Assert.NotNull(edge.Get<Labels>().WishOf(Name));
    }

    /// <summary>One that is set right again takes nothing with it: what has ended by it is looked at for hours.</summary>
    [Fact]
    public async Task A_clock_that_is_ahead_for_a_moment_takes_no_name_and_no_certificate_away()
    {
        await using var edge = await StartAsync(Name);
        await edge.PassTimeAsync(Time.GetUtcNow().AddDays(400));
        await KeepAsync(edge);
        await edge.RunAsync(TimeSpan.FromMinutes(1));
        Assert.Equal([Name], Names);
        Assert.NotNull(edge.Entry(Name).Certificate);
        Assert.Single(Store.All(RecordKind.Certificate));

        await edge.PassTimeAsync(Time.GetUtcNow().AddHours(5));
        await KeepAsync(edge);
        Assert.Equal([Name], Names);

        await edge.PassTimeAsync(Time.GetUtcNow().AddHours(1));
        await KeepAsync(edge);
        await edge.RunAsync(TimeSpan.FromMinutes(1));
        Assert.Empty(Names);
        Assert.Empty(Store.All(RecordKind.Certificate));
    }

    /// <summary>The looks that count are those in a row.</summary>
    [Fact]
    public async Task A_name_that_is_not_over_any_more_begins_anew_when_it_is()
    {
        await using var edge = await StartAsync(Name);
        var certificate = edge.Entry(Name).Certificate!;
        edge.Entry(Name).Certificate = certificate with { NotAfter = Time.GetUtcNow() };
        await KeepAsync(edge);

        edge.Entry(Name).Certificate = certificate;
        await edge.PassTimeAsync(Time.GetUtcNow().AddHours(7));
        await KeepAsync(edge);

        edge.Entry(Name).Certificate = certificate with { NotAfter = Time.GetUtcNow() };
        await KeepAsync(edge);
        Assert.Equal([Name], Names);
    }
}
