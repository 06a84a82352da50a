extern alias core;

using System.Net;
using System.Net.Sockets;
using AcmeKestrel.Tests.Serving;
using core::AcmeKestrel.Protocol.Transport;
using Microsoft.Extensions.Time.Testing;

namespace AcmeKestrel.Tests.Protocol;

/// <summary>A CA that has addresses of both families is reached by the one that works from here.</summary>
public sealed class HappyEyeballsTests
{
    private readonly FakeTimeProvider _time = new();
    private readonly List<string> _tried = [];
    private readonly Dictionary<string, TaskCompletionSource<Stream>> _answers = [];
    private readonly Dictionary<string, CancellationToken> _stops = [];

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_network_that_swallows_one_family_costs_a_moment_and_not_the_CA()
    {
        var connecting = Connect("2001:db8::1", "192.0.2.1");
        Assert.Equal(["2001:db8::1"], _tried);

        _time.Advance(TimeSpan.FromMilliseconds(250));
        await Eventually.TrueAsync(() => _tried.Count == 2);
        var answered = Answer("192.0.2.1");

        Assert.Same(answered, await connecting);
        Assert.True(_stops["2001:db8::1"].IsCancellationRequested);
    }

    [Fact]
    public async Task An_address_that_refuses_is_followed_at_once_by_the_next()
    {
        var connecting = Connect("2001:db8::1", "192.0.2.1");

        Refuse("2001:db8::1", SocketError.NetworkUnreachable);
        await Eventually.TrueAsync(() => _tried.Count == 2);
        var answered = Answer("192.0.2.1");

        Assert.Same(answered, await connecting);
    }

    [Fact]
    public async Task An_address_that_answers_after_its_moment_is_taken_all_the_same()
    {
        var connecting = Connect("2001:db8::1", "192.0.2.1");

        _time.Advance(TimeSpan.FromMilliseconds(250));
        await Eventually.TrueAsync(() => _tried.Count == 2);
        var answered = Answer("2001:db8::1");

        Assert.Same(answered, await connecting);
    }

    [Fact]
    public async Task Families_take_turns_and_where_none_answers_the_first_ones_reason_is_told()
    {
        var connecting = Connect("2001:db8::1", "2001:db8::2", "192.0.2.1", "192.0.2.2");

        string[] order = ["2001:db8::1", "192.0.2.1", "2001:db8::2", "192.0.2.2"];
        foreach (var (turn, address) in order.Index())
        {
            await Eventually.TrueAsync(() => _tried.Count == turn + 1);
            Refuse(address, turn == 0 ? SocketError.TimedOut : SocketError.ConnectionRefused);
        }

        Assert.Equal(SocketError.TimedOut, (await Assert.ThrowsAsync<SocketException>(() => connecting)).SocketErrorCode);
        Assert.Equal(order, _tried);
    }

    [Fact]
    public async Task A_connection_that_comes_when_another_one_has_won_is_closed()
    {
        var connecting = Connect("2001:db8::1", "192.0.2.1");
        _time.Advance(TimeSpan.FromMilliseconds(250));
        await Eventually.TrueAsync(() => _tried.Count == 2);
        Answer("192.0.2.1");
        await connecting;

        var late = Answer("2001:db8::1");

        await Eventually.TrueAsync(() => !late.CanRead);
    }

    [Fact]
    public async Task A_host_without_an_address_is_not_found() =>
        Assert.Equal(SocketError.HostNotFound, (await Assert.ThrowsAsync<SocketException>(() => Connect())).SocketErrorCode);

    [Fact]
    public async Task Whoever_gives_up_waits_for_nobody()
    {
        using var cancellation = new CancellationTokenSource();
        var connecting = Connect(cancellation.Token, "192.0.2.1");

        await cancellation.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => connecting);
        Assert.True(_stops["192.0.2.1"].IsCancellationRequested);
    }

    private Task<Stream> Connect(params string[] addresses) => Connect(Ct, addresses);

    private Task<Stream> Connect(CancellationToken cancellationToken, params string[] addresses) => new HappyEyeballs(
        (_, _) => Task.FromResult(Array.ConvertAll(addresses, IPAddress.Parse)),
        (address, stop) =>
        {
            var name = address.Address.ToString();
            var answer = _answers[name] = new TaskCompletionSource<Stream>(TaskCreationOptions.RunContinuationsAsynchronously);
            _stops[name] = stop;
            _tried.Add(name);
            return answer.Task;
        },
        _time).ConnectAsync(new DnsEndPoint("ca.test", 443), cancellationToken).AsTask();

    private MemoryStream Answer(string address)
    {
        var stream = new MemoryStream();
        _answers[address].SetResult(stream);
        return stream;
    }

    private void Refuse(string address, SocketError error) => _answers[address].SetException(new SocketException((int)error));
}
