using System.Net;
using AcmeKestrel.Certificates;
using AcmeKestrel.Certificates.Ports;
using AcmeKestrel.Challenges;
using AcmeKestrel.Serving;
using AcmeKestrel.Serving.Finding;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace AcmeKestrel.Tests.Serving;

public sealed class CertificateMissTests
{
    private static readonly TestCa Ca = new();

    private readonly FakeTimeProvider _time = new();
    private readonly FakeHandler _handler = new();

    [Fact]
    public async Task A_handshake_waits_for_the_certificate_that_the_handler_gets()
    {
        await using var edge = await TestEdge.StartAsync(builder =>
        {
            builder.Services.AddSingleton<ICertificateMissHandler>(_handler);
            builder.WebHost.UseUrls("https://127.0.0.1:0");
        });
        _handler.Answer = name =>
        {
            if (name != "late.test") return false;

            edge.Table.Publish(Ca.Issue(name));
            return true;
        };

        Assert.True((await TlsClient.VisitAsync(edge.Https, "late.test", Ca)).IsTrusted);
        Assert.Equal("fallback.invalid", (await TlsClient.VisitAsync(edge.Https, "never.test")).Name);
        await TlsClient.VisitAsync(edge.Https, "late.test");

        Assert.Equal(["late.test", "never.test"], _handler.Asked);
    }

    [Fact]
    public async Task Questions_for_one_name_are_one_and_names_asked_for_at_once_are_few()
    {
        _handler.Gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var misses = Create(new ServingLimits { MaxMisses = 3 });
        var same = Enumerable.Range(0, 10).Select(_ => Ask(misses, "same.test")).ToList();
        var many = Enumerable.Range(0, 10).Select(i => Ask(misses, $"many-{i}.test")).ToList();
        await Eventually.TrueAsync(() => _handler.Asked.Count == 3);

        Assert.Equal(8, many.Count(task => task.IsCompletedSuccessfully));
        _handler.Gate.SetResult();
        await Task.WhenAll([.. same, .. many]);

        Assert.Equal(3, _handler.Asked.Count);
    }

    [Fact]
    public async Task A_handler_that_never_answers_or_fails_costs_the_deadline_and_no_more()
    {
        _handler.Gate = new TaskCompletionSource();
        var misses = Create(new ServingLimits());
        var stuck = Ask(misses, "slow.test");
        await Eventually.TrueAsync(() => _handler.Asked.Count == 1);
        _time.Advance(new ServingLimits().MissDeadline);
        Assert.False(await stuck);

        _handler.Gate.SetException(new IOException("The store is gone."));
        Assert.False(await Ask(misses, "broken.test"));
    }

    [Fact]
    public async Task Strangers_that_ask_for_names_without_end_leave_room_for_a_name_that_is_wished_here()
    {
        _handler.Gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _handler.Answer = name => name == "shop.test";
        var misses = Create(new ServingLimits());
        var strangers = Enumerable.Range(0, 200).Select(i => Ask(misses, $"{i}.test", $"192.0.{i}.1")).ToList();

        var ours = Ask(misses, "shop.test", "203.0.113.1", isOurs: true);
        _handler.Gate.SetResult();
        await Task.WhenAll(strangers);

        Assert.True(await ours);
    }

    [Fact]
    public async Task One_asker_leaves_room_for_others()
    {
        _handler.Gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _handler.Answer = name => name == "other.test";
        var misses = Create(new ServingLimits());
        var one = Enumerable.Range(0, 200).Select(i => Ask(misses, $"{i}.test", $"192.0.2.{i}")).ToList();

        var other = Ask(misses, "other.test", "203.0.113.1");
        _handler.Gate.SetResult();
        await Task.WhenAll(one);

        Assert.True(await other);
    }

    [Fact]
    public async Task A_name_that_was_missing_is_not_asked_for_again_at_once()
    {
        var misses = Create(new ServingLimits());
        for (var i = 0; i < 5; i++) Assert.False(await Ask(misses, "never.test"));
        Assert.Single(_handler.Asked);

        _time.Advance(TimeSpan.FromSeconds(2));
        await Ask(misses, "never.test");

        Assert.Equal(2, _handler.Asked.Count);
    }

    [Theory]
    [InlineData("-")]
    [InlineData("a..b")]
    public async Task What_no_ca_could_certify_is_not_asked_for(string name)
    {
        Assert.False(await Ask(Create(new ServingLimits()), name));
        Assert.Empty(_handler.Asked);
    }

    private CertificateMisses Create(ServingLimits limits) => new(limits, _time, NullLogger<CertificateMisses>.Instance, _handler);

    private static Task<bool> Ask(CertificateMisses misses, string name, string remote = "192.0.2.1", bool isOurs = false) =>
        misses.MayHaveComeAsync(name, new Asker(IPAddress.Parse(remote), isOurs)).AsTask();

    private sealed class FakeHandler : ICertificateMissHandler
    {
        private readonly List<string> _asked = [];

        public Func<string, bool> Answer { get; set; } = _ => false;

        public TaskCompletionSource? Gate { get; set; }

        public IReadOnlyList<string> Asked
        {
            get
            {
                lock (_asked) return [.. _asked];
            }
        }

        public bool IsAsked => true;

        public async ValueTask<bool> OnMissAsync(string serverName, CancellationToken cancellationToken)
        {
            lock (_asked) _asked.Add(serverName);
            if (Gate is not null) await Gate.Task;
            return Answer(serverName);
        }
    }
}
