using System.Net.Sockets;
using AcmeKestrel.Dns.Lookup;
using AcmeKestrel.Dns.Wire;
using AcmeKestrel.Tests.LocalCa;
using AcmeKestrel.Tests.Serving;
using Microsoft.Extensions.Time.Testing;

namespace AcmeKestrel.Tests.Dns;

/// <summary>What asking costs, however many names are looked at and whatever servers do.</summary>
public sealed class DnsAskingTests
{
    private const string Marker = "marker.test";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Of_many_questions_a_few_are_asked_at_once()
    {
        using var over = CancellationTokenSource.CreateLinkedTokenSource(Token);
        await using var silent = new StubDns((_, _) => null);
        var time = new FakeTimeProvider();
        using var lookup = new DnsLookup(time);

        // What does not wait for its turn is sent before the call returns.
        var asking = Enumerable.Range(0, 200).Select(number => lookup.FindCaaAsync($"n{number}.test", [silent.EndPoint], over.Token)).ToList();
        await MarkAsync(silent);
        Assert.Equal(DnsAsking.ResolversAtOnce, Asked(silent));

        time.Advance(TimeSpan.FromSeconds(5));
        await Eventually.TrueAsync(() => Asked(silent) == 2 * DnsAsking.ResolversAtOnce);

        await over.CancelAsync();
        await ((Task)Task.WhenAll(asking)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
    }

    /// <summary>Whose servers are silent has eight of what all zones share: another zone's servers are asked in the same moment.</summary>
    [Fact]
    public async Task Of_one_zone_eight_servers_are_asked_at_once()
    {
        using var over = CancellationTokenSource.CreateLinkedTokenSource(Token);
        await using var silent = new StubDns((_, _) => null);
        var time = new FakeTimeProvider();
        using var asking = new DnsAsking(time);

        // What does not wait for its turn is sent before the call returns.
        var hearing = new[] { "shop", "club" }.Select(zone => ZoneOf(asking).HearAsync([.. Enumerable.Range(0, 20).Select(number => new ZoneServer($"ns{number}.{zone}.test", [silent.EndPoint], null))], $"{zone}.test", DnsType.TXT, over.Token)).ToList();
        await MarkAsync(silent);
        Assert.Equal((8, 8), (Sent(silent, "shop.test"), Sent(silent, "club.test")));

        await over.CancelAsync();
        await ((Task)Task.WhenAll(hearing)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
    }

    /// <summary>Nobody asked for that much, and what does not fit into memory that is held for each question comes once more.</summary>
    [Fact]
    public async Task A_datagram_of_more_than_was_asked_for_counts_for_nothing()
    {
        var longest = new string('a', 250);
        await using var dns = new StubDns((question, tcp) => tcp
            ? StubDns.Reply(question, StubDns.Text("shop.test", "whole"))
            : StubDns.Reply(question, [.. Enumerable.Range(0, 30).Select(_ => StubDns.Text("shop.test", longest))]));

        using var asking = new DnsAsking(TimeProvider.System);
        var saying = await asking.AskResolverAsync(dns.EndPoint, "shop.test", DnsType.TXT, Token);

        Assert.Equal(["whole"], saying.At<DnsData.Text>("shop.test").Select(record => record.Value));
    }

    private static ZoneHearing ZoneOf(DnsAsking asking) => new(asking, new ZoneServers((_, _, _) => throw new InvalidOperationException("Its servers are known"), []));

    /// <summary>Once to each server, while time stands still.</summary>
    private static int Sent(StubDns dns, string name)
    {
        lock (dns.Asked) return dns.Asked.Count(asked => asked.Name == name);
    }

    /// <summary>A question is sent more than once where it is not answered.</summary>
    private static int Asked(StubDns dns)
    {
        lock (dns.Asked) return dns.Asked.Where(asked => asked.Name != Marker).Distinct().Count();
    }

    /// <summary>What was sent before it has been received when it returns.</summary>
    private static async Task MarkAsync(StubDns dns)
    {
        using var socket = new UdpClient();
        await socket.SendAsync(DnsRequest.Look(1, Marker, (ushort)DnsType.CAA, recursion: true, extended: false), dns.EndPoint, Token);
        await Eventually.TrueAsync(() =>
        {
            lock (dns.Asked) return dns.Asked.Exists(asked => asked.Name == Marker);
        });
    }
}
