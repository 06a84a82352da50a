using System.Net;
using AcmeKestrel.Certificates;
using AcmeKestrel.Diagnostics;
using AcmeKestrel.Lifecycle;
using AcmeKestrel.Lifecycle.Dispatching;
using AcmeKestrel.Lifecycle.Limits;
using AcmeKestrel.Lifecycle.Providers;
using AcmeKestrel.Storage;
using Microsoft.Extensions.Time.Testing;

namespace AcmeKestrel.Tests.Lifecycle;

/// <summary>The names that wait for a CA to answer again go on when it does.</summary>
public sealed class ProviderCircuitTests
{
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 11, 23, 12, 0, 0, TimeSpan.Zero));
    private readonly TestStore _store;
    private readonly TestSettings _settings = new();
    private readonly TestCa _ca;

    public ProviderCircuitTests() => (_store, _ca) = (new TestStore(_time), new TestCa(_time));

    [Fact]
    public async Task A_name_that_must_wait_is_not_the_probe_the_others_wait_for()
    {
        _ca.Instead = (kind, _) => kind == "order" ? TestCa.Problem(HttpStatusCode.TooManyRequests, "rateLimited", "too many certificates for this set", retryAfter: 86400) : null;
        await using (var first = await StartAsync(Wishes.Of("a.test"))) await first.RunAsync(TimeSpan.FromMinutes(5));
        _ca.Instead = (kind, _) => kind == "order" ? new HttpResponseMessage(HttpStatusCode.BadGateway) : null;
        await using (var second = await StartAsync(Wishes.Of("b.test"))) await second.RunAsync(TimeSpan.FromSeconds(1));
        _ca.Instead = (_, _) => null;

        await using var edge = await StartAsync(Wishes.Of("a.test"), Wishes.Of("b.test"), Wishes.Of("c.test"));
        await edge.RunAsync(TimeSpan.FromHours(1));

        Assert.Equal(AcmeCertificateState.Held, edge.Status("a.test").State);
        Assert.Equal(AcmeCertificateState.Served, edge.Status("b.test").State);
        Assert.Equal(AcmeCertificateState.Served, edge.Status("c.test").State);
    }

    [Fact]
    public async Task A_name_that_waits_for_its_next_look_is_not_the_probe()
    {
        (_ca.ProcessingLooks, _ca.RetryAfter) = (1, 86000);
        await using var edge = await StartAsync(Wishes.Of("a.test"));
        await edge.RunAsync(TimeSpan.FromMinutes(20));
        _ca.RetryAfter = null;
        _ca.Instead = (kind, _) => kind == "order" ? new HttpResponseMessage(HttpStatusCode.BadGateway) : null;
        edge.Wish(Wishes.Of("b.test"));
        await edge.RunAsync(TimeSpan.FromSeconds(1));
        _ca.Instead = (_, _) => null;

        edge.Wake(["a.test"]);
        edge.Wish(Wishes.Of("c.test"));
        await edge.RunAsync(TimeSpan.FromHours(1));

        Assert.Equal(AcmeCertificateState.Ordering, edge.Status("a.test").State);
        Assert.Equal(AcmeCertificateState.Served, edge.Status("b.test").State);
        Assert.Equal(AcmeCertificateState.Served, edge.Status("c.test").State);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Names_that_wait_for_a_probe_are_told_although_its_outcome_could_not_be_written(bool succeeds)
    {
        var told = new Woken();
        var circuit = new ProviderCircuit(
            new CircuitState(1, _time.GetUtcNow(), "502"), _ => throw new StoreUnavailableException("The disk is full."), told, _time);
        using var probe = circuit.TryEnter("a.test");
        Assert.NotNull(probe);
        Assert.Null(circuit.TryEnter("b.test"));
        Assert.True(circuit.Park("b.test"));

        await Assert.ThrowsAsync<StoreUnavailableException>(() => succeeds
            ? circuit.SucceededAsync(TestContext.Current.CancellationToken)
            : circuit.FailedAsync("502 again", null, null, isUrgent: false, TestContext.Current.CancellationToken));

        Assert.Equal(["b.test"], told.Labels);
        Assert.False(circuit.Park("b.test"));
    }

    /// <summary>Who failed first may have read the clock last.</summary>
    [Fact]
    public void Requests_that_fail_together_are_one_fault_in_whatever_order_they_read_the_clock()
    {
        var now = _time.GetUtcNow();
        var first = CircuitState.AfterFault(null, "502", null, null, isUrgent: false, now);

        Assert.Equal(first, CircuitState.AfterFault(first, "502", null, null, isUrgent: false, now.AddTicks(-1)));
        var longest = CircuitState.AfterFault(first with { Faults = 20, OpenUntil = now }, "502", null, null, isUrgent: false, now);
        Assert.Equal(longest, CircuitState.AfterFault(longest, "502", null, null, isUrgent: false, now.AddTicks(-1)));
        Assert.True(first.IsOpen(now.AddTicks(-1)));
        Assert.False(first.IsOpen(now.AddSeconds(-2)));
    }

    [Fact]
    public void A_probe_that_ends_without_having_asked_lets_another_one_probe()
    {
        var told = new Woken();
        var circuit = new ProviderCircuit(new CircuitState(1, _time.GetUtcNow(), "502"), _ => Task.CompletedTask, told, _time);
        var probe = circuit.TryEnter("a.test");
        foreach (var waiting in new[] { "b.test", "c.test", "d.test" }) Assert.True(circuit.Park(waiting));

        probe!.Dispose();

        // All of them at once would each begin, find the next one probing, and wait again.
        Assert.Equal(["b.test"], told.Labels);
        circuit.TryEnter("b.test")!.Dispose();
        Assert.Equal(["b.test", "c.test"], told.Labels);
    }

    /// <summary>A pause that a name with weeks left has caused must not outlast another one's certificate; what the CA asks for binds that one, too.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_name_whose_certificate_ends_soon_probes_sooner_unless_the_CA_asked_for_the_pause(bool isAsked)
    {
        var now = _time.GetUtcNow();
        CircuitState? state = null;
        for (var fault = 0; fault < 8; fault++) state = CircuitState.AfterFault(state is null ? null : state with { OpenUntil = now }, "502", isAsked ? TimeSpan.FromHours(2) : null, null, isUrgent: false, now);
        var circuit = new ProviderCircuit(state, _ => Task.CompletedTask, new Woken(), _time);

        _time.Advance(TimeSpan.FromMinutes(3));
        Assert.Null(circuit.TryEnter("weeks.test", TimeSpan.FromDays(4)));
        Assert.Null(circuit.TryEnter("hours.test", TimeSpan.FromMinutes(4)));
        Assert.Equal(isAsked, circuit.TryEnter("minutes.test", TimeSpan.FromMinutes(2)) is null);

        // It found the CA failing still: the next one like it waits anew.
        var again = CircuitState.AfterFault(state, "502", null, null, isUrgent: false, _time.GetUtcNow());
        Assert.Equal(state!.OpenUntil, again.OpenUntil);
        Assert.Equal(isAsked ? state.OpenUntil : _time.GetUtcNow().AddMinutes(2), again.OpenUntilFor(TimeSpan.FromMinutes(2)));
    }

    private sealed class Woken : ILabelWaker
    {
        public List<string> Labels { get; } = [];

        public void WakeBy(string label, DateTimeOffset time) => Wake(label);

        public void Wake(string label) => Labels.Add(label);
    }

    private Task<Edge> StartAsync(params Wish[] wishes) => Edge.StartAsync(_time, _ca, _settings, _store, wishes);
}
