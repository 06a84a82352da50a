using System.Net;
using AcmeKestrel.Certificates;
using AcmeKestrel.Lifecycle;
using AcmeKestrel.Lifecycle.Telling;
using Microsoft.Extensions.Time.Testing;

namespace AcmeKestrel.Tests.Lifecycle;

/// <summary>An order that this side makes wait loses nothing by it.</summary>
public sealed class HeldOrderTests
{
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 11, 23, 12, 0, 0, TimeSpan.Zero));
    private readonly TestStore _store;
    private readonly TestSettings _settings = new() { Ari = false };
    private readonly TestCa _ca;

    public HeldOrderTests() => (_store, _ca) = (new TestStore(_time), new TestCa(_time));

    [Fact]
    public async Task Waiting_for_an_account_uses_up_no_patience()
    {
        _ca.ValidationLooks = 40;
        await using var edge = await StartAsync(Wishes.Of("a.test", challenges: [ChallengeTypes.Http01]));
        await edge.RunAsync(TimeSpan.FromMinutes(1));
        Assert.NotNull(edge.Entry("a.test").Run);
        _ca.Instead = (kind, _) => kind == "order" ? TestCa.Problem(HttpStatusCode.Forbidden, "userActionRequired", "the terms of service changed") : null;
        edge.Wish(Wishes.Of("b.test"));
        await edge.RunAsync(TimeSpan.FromHours(2));
        Assert.Equal((AcmeCertificateState.Held, AcmeCertificateState.Held), (edge.Status("a.test").State, edge.Status("b.test").State));
        _ca.Instead = (_, _) => null;
        await edge.RunAsync(TimeSpan.FromHours(25));
        Assert.Empty(edge.Events.All.OfType<LabelEvent.Failed>().Select(failed => failed.Label.Label + ": " + failed.Problem));
        Assert.Equal((AcmeCertificateState.Served, 2), (edge.Status("a.test").State, _ca.Orders.Count));
    }

    private Task<Edge> StartAsync(params Wish[] wishes) => Edge.StartAsync(_time, _ca, _settings, _store, wishes);
}
