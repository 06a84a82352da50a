using AcmeKestrel.Lifecycle;
using AcmeKestrel.Lifecycle.OnDemand;
using AcmeKestrel.Lifecycle.State;
using AcmeKestrel.Storage;
using AcmeKestrel.Tests.Lifecycle;

namespace AcmeKestrel.Tests.OnDemand;

/// <summary>A process without the state tells the one that has it who came.</summary>
public sealed class VisitReportTests : OnDemandEdge
{
    [Fact]
    public async Task Visitors_of_another_process_are_told_to_the_one_that_has_the_state_once()
    {
        await using var first = await StartAsync(Name);
        var told = new Told(names => first.Get<OnDemandWishes>().Miss(Assert.Single(names)));
        await using var second = await StartAsync(told);
        await first.RunAsync(TimeSpan.FromDays(10));

        for (var i = 0; i < 3; i++)
        {
            Visits.Marked.Add(Name);
            await second.Get<VisitReporter>().LookAsync(Token);
            await KeepAsync(first);

            // As who follows hears of it.
            await second.Get<OnDemandWishes>().LookAgainAsync(Name, Token);
        }

        Assert.Equal((1, 2), (told.Times, Written));
    }

    /// <summary>Edges that are replaced each hour tell theirs, too.</summary>
    [Fact]
    public async Task Visitors_of_another_process_are_told_when_it_stops()
    {
        await using var first = await StartAsync(Name);
        var told = new Told(names => Assert.Equal([Name], names));
        await using var second = await StartAsync(told);
        await first.RunAsync(TimeSpan.FromDays(10));
        await second.Get<VisitReporter>().StartAsync(Token);
        Visits.Marked.Add(Name);

        await second.Get<VisitReporter>().StopAsync(Token);

        Assert.Equal(1, told.Times);
    }

    /// <summary>The state may come to this process, which then has them on record itself.</summary>
    [Fact]
    public async Task Visits_that_could_not_be_told_are_not_forgotten()
    {
        await using var first = await StartAsync(Name);
        await using var second = await StartAsync(new Told(_ => throw new StoreUnavailableException("nobody takes it up")));
        await first.RunAsync(TimeSpan.FromDays(10));
        Visits.Marked.Add(Name);
        await second.Get<VisitReporter>().LookAsync(Token);

        await first.Get<StateLease>().ReleaseAsync();
        Assert.True(await second.Get<StateLease>().KeepAsync(Token));
        await second.Get<StateTakeover>().LoadAsync(Token);
        await KeepAsync(second);

        Assert.Equal((1, 2), (Asked.Count, Written));
    }

    private sealed class Told(Action<IReadOnlyList<string>> hear) : IOnDemandElsewhere
    {
        public int Times { get; private set; }

        public Task WishAsync(string name, CancellationToken cancellationToken) => Task.CompletedTask;

        public Task TellVisitsAsync(IReadOnlyList<string> names, CancellationToken cancellationToken)
        {
            Times++;
            hear(names);
            return Task.CompletedTask;
        }
    }
}
