using AcmeKestrel.LocalCa;
using AcmeKestrel.Tests.Lifecycle;
using Microsoft.Extensions.Time.Testing;

namespace AcmeKestrel.Tests.Hostile;

/// <summary>What the matrix of faults does not show, because it needs an optional name or a certificate to lose.</summary>
public sealed class OutageTests : IAsyncDisposable
{
    private static readonly DateTimeOffset Start = new(2026, 11, 23, 12, 0, 0, TimeSpan.Zero);

    private readonly FakeTimeProvider _time = new(Start);
    private readonly LocalCaServerOptions _options = new();
    private readonly LocalCaServer _ca;
    private readonly FaultyTransport _wire;

    public OutageTests()
    {
        _options.TimeProvider = _time;
        _ca = new LocalCaServer(_options);
        _wire = new FaultyTransport(_ca.CreateHandler(), _time);
    }

    public ValueTask DisposeAsync() => _ca.DisposeAsync();

    /// <summary>The answer says nothing about any name.</summary>
    [Theory]
    [InlineData("/new-order", "an HTML body")]
    [InlineData("/order/*", "truncated JSON")]
    [InlineData("/directory", "an HTML body")]
    public async Task An_answer_that_is_no_ACME_costs_no_optional_name(string path, string fault)
    {
        (_wire.FailingPath, _wire.Fault, _wire.Left) = (path, Named(fault), 1);
        await using var edge = await StartAsync(optional: ["www.shop.test"]);

        await edge.RunAsync(TimeSpan.FromMinutes(5));

        Assert.Equal(1, _wire.Hits);
        Assert.Equal(AcmeCertificateState.Served, edge.Status("shop.test").State);
        Assert.Empty(edge.Status("shop.test").DroppedNames);
        Assert.Equal(2, edge.Published.Current["shop.test"].Chain.Identifiers.Count);
    }

    /// <summary>Promise 10, for the CA's faults, too.</summary>
    [Theory]
    [InlineData("500", 6 * 24)]
    [InlineData("no answer", 24)]
    [InlineData("closed before processing", 2)]
    public async Task After_an_outage_a_short_lived_certificate_is_renewed_within_a_quarter_of_its_rest(string fault, int hours)
    {
        var lifetime = _options.CertificateLifetime = TimeSpan.FromHours(hours);
        await using var edge = await StartAsync();
        await edge.RunAsync(TimeSpan.FromMinutes(1));
        var first = edge.Published.Current["shop.test"].Chain;

        // From before the renewal is due until three quarters of the life are over.
        var end = first.NotBefore + (0.75 * lifetime);
        (_wire.FailingPath, _wire.Fault, _wire.Left) = ("/new-order", Named(fault), int.MaxValue);
        await edge.RunUntilAsync(end);
        Assert.NotEqual(0, _wire.Hits);
        _wire.Left = 0;
        await edge.RunUntilAsync(end + ((first.NotAfter - end) / 4));

        Assert.NotEqual(first, edge.Published.Current["shop.test"].Chain);
    }

    /// <summary>Whatever it took: the CA is asked again within two hours.</summary>
    [Theory]
    [InlineData("500", 3)]
    [InlineData("no answer", 12)]
    [InlineData("closed before processing", 72)]
    public async Task After_an_outage_a_new_name_is_served_within_two_hours(string fault, int hours)
    {
        (_wire.FailingPath, _wire.Fault) = ("/new-order", Named(fault));
        await using var edge = await StartAsync();
        await edge.RunUntilAsync(Start + TimeSpan.FromHours(hours));
        Assert.Equal(AcmeCertificateState.Held, edge.Status("shop.test").State);

        _wire.Left = 0;
        await edge.RunAsync(TimeSpan.FromHours(2));

        Assert.Equal(AcmeCertificateState.Served, edge.Status("shop.test").State);
    }

    [Fact]
    public async Task A_validation_that_never_began_says_what_the_CA_did_when_it_was_told()
    {
        (_wire.FailingPath, _wire.Fault) = ("/challenge/*", Named("500"));
        await using var edge = await StartAsync();

        await edge.RunAsync(TimeSpan.FromDays(1));

        var status = edge.Status("shop.test");
        Assert.Equal(AcmeCertificateState.Failing, status.State);
        Assert.Contains("did not validate it within 15 minutes; it had trouble: https://ca.test/challenge/", status.Reason, StringComparison.Ordinal);
        Assert.Contains("answered 500", status.Reason, StringComparison.Ordinal);
    }

    private static Fault Named(string name) => Faults.All.Single(fault => fault.Name == name);

    private Task<Edge> StartAsync(string[]? optional = null) => Edge.StartAsync(
        _time, new TestCa(_time), new TestSettings { DirectoryUrl = _ca.DirectoryUrl }, new TestStore(_time), [Wishes.Of("shop.test", optional: optional)], () => _wire);
}
