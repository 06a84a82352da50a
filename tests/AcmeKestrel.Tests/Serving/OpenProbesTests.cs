using AcmeKestrel.Challenges;
using AcmeKestrel.Serving;
using Microsoft.AspNetCore.Connections;

namespace AcmeKestrel.Tests.Serving;

/// <summary>Probes that never go on, beside a CA's.</summary>
public sealed class OpenProbesTests
{
    private static readonly ChallengeAnswer Shop = Probes.Pending("shop.test");

    private readonly OpenProbes _open = new(new ServingLimits());

    [Fact]
    public void Whoever_stalls_probes_from_one_network_makes_room_for_himself()
    {
        var ca = Enter(Shop, "ca");

        var stalled = Enumerable.Range(0, 5000).Select(_ => Enter(Shop, "stranger")).ToList();

        Assert.False(ca.IsAborted);
        Assert.Equal(32, stalled.Count(probe => !probe.IsAborted));
        Assert.DoesNotContain(stalled[^32..], probe => probe.IsAborted);
    }

    [Fact]
    public void One_network_that_knows_many_pending_names_does_not_have_all_room()
    {
        var ca = Enter(Shop, "ca");

        var stalled = Enumerable.Range(0, 5000).Select(i => Enter(Probes.Pending($"{i % 100}.test"), "stranger")).ToList();

        Assert.False(ca.IsAborted);
        Assert.Equal(512, stalled.Count(probe => !probe.IsAborted));
    }

    [Fact]
    public void One_pending_name_is_not_what_shuts_out_the_probes_for_others()
    {
        var ca = Enter(Probes.Pending("api.test"), "ca");

        var stalled = Enumerable.Range(0, 5000).Select(i => Enter(Shop, $"stranger {i}")).ToList();
        var late = Enter(Shop, "ca");

        Assert.False(ca.IsAborted || late.IsAborted);
        Assert.Equal(63, stalled.Count(probe => !probe.IsAborted));
    }

    [Fact]
    public void In_all_they_are_bounded_and_who_comes_is_let_in()
    {
        var stalled = Enumerable.Range(0, 5000).Select(i => Enter(Probes.Pending($"{i}.test"), $"stranger {i}")).ToList();

        Assert.Equal(1024, stalled.Count(probe => !probe.IsAborted));
        Assert.DoesNotContain(stalled[^1024..], probe => probe.IsAborted);
    }

    /// <summary>All of them come from one address then.</summary>
    [Fact]
    public void A_CA_that_probes_for_a_hundred_names_from_five_places_behind_a_proxy_is_let_in_everywhere()
    {
        var probes = Enumerable.Range(0, 500).Select(i => Enter(Probes.Pending($"{i % 100}.test"), "proxy")).ToList();

        Assert.DoesNotContain(probes, probe => probe.IsAborted);
    }

    [Fact]
    public void What_has_ended_counts_no_more_and_is_not_ended_again()
    {
        var ended = new Connection();
        var probe = _open.Enter(ended, Shop, "ca");
        _open.Leave(probe);
        var others = Enumerable.Range(0, 32).Select(_ => Enter(Shop, "ca")).ToList();

        Assert.DoesNotContain(others, other => other.IsAborted);
        Enter(Shop, "ca");
        Assert.True(others[0].IsAborted);
        Assert.False(ended.IsAborted);
        _open.Leave(probe);
    }

    private Connection Enter(ChallengeAnswer answer, string network)
    {
        var connection = new Connection();
        _open.Enter(connection, answer, network);
        return connection;
    }

    private sealed class Connection : DefaultConnectionContext
    {
        public bool IsAborted { get; private set; }

        public override void Abort(ConnectionAbortedException abortReason) => IsAborted = true;
    }
}
