using AcmeKestrel.Certificates;
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
