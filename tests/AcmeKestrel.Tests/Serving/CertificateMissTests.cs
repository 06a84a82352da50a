using System.Net;
using AcmeKestrel.Certificates;
using AcmeKestrel.Certificates.Ports;
using AcmeKestrel.Serving;
using AcmeKestrel.Serving.Finding;
using AcmeKestrel.Tests.Lifecycle;
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
    private readonly CertificateTable _table;

    public CertificateMissTests() => _table = new CertificateTable(_time, new ServingReach(), new LoadedCertificates(new TestSettings()));

    [Fact]
    public async Task A_handshake_waits_for_the_certificate_that_the_handler_gets()
    {
        await using var edge = await TestEdge.StartAsync(builder =>
        {
            builder.Services.AddSingleton<ICertificateMissHandler>(_handler);
            builder.WebHost.UseUrls("https://127.0.0.1:0");
        });
        _handler.Answer = question =>
        {
            if (question.Name != "late.test") return false;

            edge.Table.Publish(Ca.Issue(question.Name));
            return true;
        };

        Assert.True((await TlsClient.VisitAsync(edge.Https, "late.test", Ca)).IsTrusted);
        Assert.Equal("fallback.invalid", (await TlsClient.VisitAsync(edge.Https, "never.test")).Name);
        await TlsClient.VisitAsync(edge.Https, "late.test");

        Assert.Equal([("late.test", IPAddress.Loopback), ("never.test", IPAddress.Loopback)], _handler.Asked.Select(question => (question.Name, question.Remote!)));
        Assert.All(_handler.Asked, question => Assert.True(question.Accepts.HasFlag(KeyFamily.P256)));
    }

    [Fact]
    public async Task Questions_for_one_name_are_one_and_names_asked_for_at_once_are_few_while_others_wait()
    {
        _handler.Gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _handler.Answer = _ => true;
        var misses = Create(new ServingLimits { MaxMisses = 3 });
        var same = Enumerable.Range(0, 10).Select(_ => Ask(misses, "same.test")).ToList();
        var many = Enumerable.Range(0, 10).Select(i => Ask(misses, $"many-{i}.test")).ToList();
        await Eventually.TrueAsync(() => _handler.Asked.Count == 3);

        Assert.All([.. same, .. many], task => Assert.False(task.IsCompleted));
        _handler.Gate.SetResult();

        Assert.All(await Task.WhenAll([.. same, .. many]), Assert.True);
        Assert.Equal(11, _handler.Asked.Count);
    }

    /// <summary>One that is not in the table because it is slow may be a good one.</summary>
    [Fact]
    public async Task A_handler_that_never_answers_or_fails_costs_the_deadline_and_the_name_gets_nothing_else()
    {
        _handler.Gate = new TaskCompletionSource();
        var misses = Create(new ServingLimits());
        var stuck = Ask(misses, "slow.test");
        await Eventually.TrueAsync(() => _handler.Asked.Count == 1);
        _time.Advance(new ServingLimits().MissDeadline);
        await Assert.ThrowsAsync<CertificateLateException>(() => stuck);

        _handler.Gate.SetException(new IOException("The store is gone."));
        await Assert.ThrowsAsync<CertificateLateException>(() => Ask(misses, "broken.test"));
    }

    /// <summary>Each question for such a name may look through all that is stored.</summary>
    [Fact]
    public async Task What_could_not_be_read_is_not_asked_for_by_each_stranger_who_knows_its_name()
    {
        _handler.Answer = _ => throw new IOException("The disk says nothing.");
        var misses = Create(new ServingLimits());
        foreach (var accepts in (KeyFamily[])[KeyFamily.P256, KeyFamily.Rsa, KeyFamily.P256 | KeyFamily.Rsa])
        {
            await Assert.ThrowsAsync<CertificateLateException>(async () => await misses.MayHaveComeAsync("broken.test", accepts, IPAddress.Loopback));
        }

        Assert.Single(_handler.Asked);

        _handler.Answer = _ => true;
        _time.Advance(TimeSpan.FromSeconds(3));
        Assert.True(await Ask(misses, "broken.test"));
    }

    /// <summary>The list of what is stored may have come to a name between the look into the table and the question.</summary>
    [Fact]
    public async Task What_came_beside_a_question_that_finds_nothing_is_served()
    {
        await using var edge = await TestEdge.StartAsync(builder =>
        {
            builder.Services.AddSingleton<ICertificateMissHandler>(_handler);
            builder.WebHost.UseUrls("https://127.0.0.1:0");
        });
        _handler.Answer = question =>
        {
            edge.Table.Publish(Ca.Issue(question.Name));
            return false;
        };

        Assert.True((await TlsClient.VisitAsync(edge.Https, "listed.test", Ca)).IsTrusted);
    }

    /// <summary>A dying disk holds a thread for each.</summary>
    [Fact]
    public async Task What_hangs_is_not_begun_once_more_and_others_are_not_begun_beside_too_many()
    {
        _handler.Gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _handler.Answer = _ => true;
        var misses = Create(new ServingLimits { MaxMisses = 2 });
        for (var i = 0; i < 4; i++)
        {
            var asked = new[] { "a.test", "b.test", "c.test" }.Select(name => Ask(misses, name)).ToList();
            await Eventually.TrueAsync(() => _handler.Asked.Count == 2);
            _time.Advance(new ServingLimits().MissDeadline);
            foreach (var one in asked) await Assert.ThrowsAsync<CertificateLateException>(() => one);
        }

        Assert.Equal(2, _handler.Asked.Count);
        _handler.Gate.SetResult();
        Assert.True(await Ask(misses, "c.test"));
    }

    [Fact]
    public async Task Strangers_that_ask_for_names_without_end_take_no_turn()
    {
        _handler.Gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _handler.Answer = question => question.Name == "shop.test";
        _handler.MayHave = name => name == "shop.test";
        var misses = Create(new ServingLimits { MaxMisses = 1 });
        var strangers = Enumerable.Range(0, 10_000).Select(i => Ask(misses, $"{i}.test", $"192.0.{i % 200}.1")).ToList();
        var ours = Ask(misses, "shop.test", "192.0.1.1");

        Assert.All(await Task.WhenAll(strangers).WaitAsync(TimeSpan.FromSeconds(60), TestContext.Current.CancellationToken), Assert.False);
        _handler.Gate.SetResult();
        Assert.True(await ours);
        Assert.Single(_handler.Asked);
    }

    [Fact]
    public async Task Where_nobody_can_tell_whether_there_is_one_the_name_gets_what_unknown_ones_get()
    {
        _handler.MayHave = _ => throw new IOException("The store is gone.");
        Assert.False(await Ask(Create(new ServingLimits()), "shop.test"));

        _handler.MayHave = _ => throw new OperationCanceledException();
        Assert.False(await Ask(Create(new ServingLimits()), "shop.test"));
    }

    [Fact]
    public async Task A_network_that_asks_for_all_names_keeps_no_other_one_waiting()
    {
        _handler.Answer = _ => true;
        _handler.Gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var misses = Create(new ServingLimits { MaxMisses = 1 });
        var one = Enumerable.Range(0, 200).Select(i => Ask(misses, $"{i}.test", $"192.0.2.{i}")).ToList();
        await Eventually.TrueAsync(() => _handler.Asked.Count == 1);

        var other = Ask(misses, "other.test", "203.0.113.1");
        _handler.Gate.SetResult();
        await Task.WhenAll([.. one, other]);

        Assert.InRange(_handler.Asked.ToList().FindIndex(question => question.Name == "other.test"), 1, 2);
    }

    [Fact]
    public async Task What_another_ones_turn_has_brought_is_not_asked_for_once_more()
    {
        _handler.Gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _handler.Answer = question =>
        {
            _table.Publish(Ca.Issue(question.Name));
            return true;
        };
        var misses = Create(new ServingLimits { MaxMisses = 1 });
        var asked = new[] { "first.test", "shop.test", "shop.test", "shop.test" }.Select(name => Ask(misses, name)).ToList();
        await Eventually.TrueAsync(() => _handler.Asked.Count == 1);
        _handler.Gate.SetResult();

        Assert.All(await Task.WhenAll(asked), Assert.True);
        Assert.Equal(["first.test", "shop.test"], _handler.Asked.Select(question => question.Name));
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

    private CertificateMisses Create(ServingLimits limits) => new(_table, limits, _time, NullLogger<CertificateMisses>.Instance, _handler);

    private static Task<bool> Ask(CertificateMisses misses, string name, string remote = "192.0.2.1") => misses.MayHaveComeAsync(name, KeyFamily.All, IPAddress.Parse(remote)).AsTask();

    private sealed class FakeHandler : ICertificateMissHandler
    {
        private readonly List<CertificateQuestion> _asked = [];

        public Func<CertificateQuestion, bool> Answer { get; set; } = _ => false;

        public Func<string, bool> MayHave { get; set; } = _ => true;

        public TaskCompletionSource? Gate { get; set; }

        public IReadOnlyList<CertificateQuestion> Asked
        {
            get
            {
                lock (_asked) return [.. _asked];
            }
        }

        public bool IsAsked => true;

        public bool IsListing => false;

        public ValueTask<bool> MayHaveAsync(string name, CancellationToken cancellationToken) => ValueTask.FromResult(MayHave(name));

        public async ValueTask<bool> OnMissAsync(CertificateQuestion question, CancellationToken cancellationToken)
        {
            lock (_asked) _asked.Add(question);
            if (Gate is not null) await Gate.Task;
            return Answer(question);
        }
    }
}
