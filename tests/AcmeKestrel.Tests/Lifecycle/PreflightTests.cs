using AcmeKestrel.Challenges;
using Microsoft.Extensions.Time.Testing;

namespace AcmeKestrel.Tests.Lifecycle;

/// <summary>A pod that is being started does not cost a failed validation.</summary>
public sealed class PreflightTests
{
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 11, 23, 12, 0, 0, TimeSpan.Zero));
    private readonly TestStore _store;
    private readonly TestCa _ca;
    private readonly Door _door = new();

    public PreflightTests() => (_store, _ca) = (new TestStore(_time), new TestCa(_time));

    [Fact]
    public async Task The_first_validation_waits_until_the_name_is_seen_from_here()
    {
        _door.IsOpen = looks => looks > 1;
        await using var edge = await StartAsync();
        edge.Reach = (_, _) => _door.Looks > 1 ? null : "not there yet";

        await edge.RunAsync(TimeSpan.FromSeconds(4));
        Assert.DoesNotContain("challenge", _ca.Requests);
        await edge.RunAsync(TimeSpan.FromSeconds(10));

        Assert.Equal(AcmeCertificateState.Served, edge.Status("shop.test").State);
        Assert.Empty(_ca.FailedValidations);
        Assert.Equal(2, _door.Looks);
    }

    [Fact]
    public async Task It_is_advice_and_the_CA_is_asked_all_the_same()
    {
        _door.IsOpen = _ => false;
        await using var edge = await StartAsync();

        await edge.RunAsync(TimeSpan.FromSeconds(15));

        Assert.Equal(AcmeCertificateState.Served, edge.Status("shop.test").State);
        Assert.Equal(3, _door.Looks);
    }

    /// <summary>Nothing was asked of the CA, so nothing is known of it.</summary>
    [Fact]
    public async Task A_look_from_here_says_nothing_of_a_CA_in_trouble()
    {
        _door.IsOpen = looks => looks > 2;
        await using var edge = await StartAsync();
        await edge.RunAsync(TimeSpan.FromSeconds(1));
        Assert.Equal(1, _door.Looks);
        var ledger = await edge.LedgerAsync(new TestSettings().Provider);
        await ledger.Circuit.FailedAsync("502", null, null, isUrgent: false, TestContext.Current.CancellationToken);

        await edge.RunAsync(TimeSpan.FromSeconds(61));

        Assert.Equal(2, _door.Looks);
        Assert.NotNull(ledger.Circuit.State);
    }

    [Fact]
    public async Task A_renewal_is_not_looked_at()
    {
        await using var edge = await StartAsync();
        await edge.RunAsync(TimeSpan.FromMinutes(1));
        Assert.Equal(1, _door.Looks);

        await edge.RunAsync(TimeSpan.FromDays(61));

        Assert.Equal(2, _ca.Certificates.Count);
        Assert.Equal(1, _door.Looks);
    }

    private Task<Edge> StartAsync() => Edge.StartAsync(_time, _ca, new TestSettings(), _store, [Wishes.Of("shop.test")], door: _door);

    private sealed class Door : IFrontDoor
    {
        public Func<int, bool> IsOpen { get; set; } = _ => true;

        public int Looks { get; private set; }

        public Task<string?> FindFaultAsync(ChallengeAnswer answer, CancellationToken cancellationToken) => Task.FromResult(IsOpen(++Looks) ? null : "nobody answers");

        public Task<IReadOnlyList<AcmeHttpTestVisit>> VisitAsync(ChallengeAnswer answer, CancellationToken cancellationToken) => throw new NotSupportedException();
    }
}
