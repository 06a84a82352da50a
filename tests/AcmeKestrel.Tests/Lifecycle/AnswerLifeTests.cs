using System.Net;
using AcmeKestrel.Certificates;
using AcmeKestrel.Challenges;
using AcmeKestrel.Lifecycle.Ordering;
using AcmeKestrel.Lifecycle.Ordering.Solving;
using AcmeKestrel.Lifecycle.State;
using AcmeKestrel.Storage;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace AcmeKestrel.Tests.Lifecycle;

/// <summary>An answer lives as long as its authorization is pending, and no longer than its order is known here.</summary>
public sealed class AnswerLifeTests
{
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 11, 23, 12, 0, 0, TimeSpan.Zero));
    private readonly TestStore _store;
    private readonly TestSettings _settings = new();
    private readonly TestCa _ca;

    public AnswerLifeTests() => (_store, _ca) = (new TestStore(_time), new TestCa(_time));

    [Theory]
    [InlineData(ChallengeTypes.Http01)]
    [InlineData(ChallengeTypes.TlsAlpn01)]
    public async Task A_CA_that_comes_back_after_hours_finds_the_answers(string type)
    {
        await using var edge = await StartAsync(type);
        var isDown = true;
        _ca.Instead = (kind, _) => isDown && kind == "challenge" ? TestCa.Problem(HttpStatusCode.ServiceUnavailable, "serverInternal", "down", 3 * 3600) : null;
        await edge.RunAsync(TimeSpan.FromHours(2.5));
        isDown = false;

        Assert.Equal(AcmeCertificateState.Served, (await edge.SettleAsync("shop.test")).State);
        Assert.Empty(_ca.FailedValidations);
    }

    [Theory]
    [InlineData(ChallengeTypes.Http01)]
    [InlineData(ChallengeTypes.TlsAlpn01)]
    public async Task An_order_that_ended_long_ago_by_this_machines_clock_has_answers(string type)
    {
        await using var edge = await StartAsync(type);
        _ca.Born = order => order.Expires = _time.GetUtcNow() + TimeSpan.FromHours(1);
        _ca.ClockDifference = TimeSpan.FromDays(-1);

        Assert.Equal(AcmeCertificateState.Served, (await edge.SettleAsync("shop.test")).State);
        Assert.Empty(_ca.FailedValidations);
    }

    [Fact]
    public async Task The_answers_of_an_order_whose_CA_is_configured_no_more_go_with_it()
    {
        await using var edge = await StartAsync(ChallengeTypes.Http01);
        var answer = await AnsweringAsync(edge);

        _settings.DirectoryUrl = "https://other.test/dir";
        edge.Drop("shop.test");
        await edge.RunAsync(TimeSpan.FromMinutes(1));

        Assert.Empty(_store.All(RecordKind.Order));
        Assert.Empty(_store.All(RecordKind.Answer));
        Assert.Null(await edge.Live.FindHttp01Async("shop.test", answer.Token, default, CancellationToken.None));
    }

    [Fact]
    public async Task What_another_process_finished_meanwhile_is_shown_no_more()
    {
        await using var edge = await StartAsync(ChallengeTypes.TlsAlpn01);
        await AnsweringAsync(edge);
        await edge.Get<StateLease>().ReleaseAsync();
        await using (var other = await StartAsync(ChallengeTypes.TlsAlpn01)) await other.SettleAsync("shop.test");

        await edge.RunAsync(TimeSpan.FromMinutes(10));

        Assert.Equal(AcmeCertificateState.Served, edge.Status("shop.test").State);
        Assert.False(edge.Live.TryFindTlsAlpn01("shop.test", out _));
    }

    /// <summary>What cannot be removed from the store is swept by whoever has the state next; here nobody would.</summary>
    [Fact]
    public async Task An_answer_whose_record_cannot_be_removed_keeps_no_other_one_shown()
    {
        string[] names = ["shop.test", "www.shop.test"];
        await using var edge = await Edge.StartAsync(_time, _ca, _settings, _store, [Wishes.Of("shop.test", names, challenges: [ChallengeTypes.Http01])]);
        _ca.ValidationLooks = 2;
        await edge.RunAsync(TimeSpan.FromMilliseconds(500));
        Assert.All(names, name => Assert.True(edge.Live.AreShownOverHttp(name)));

        _store.BeforeWrite = key =>
        {
            if (key.Kind == RecordKind.Answer) throw new StoreUnavailableException("not now");
        };
        await edge.SettleAsync("shop.test");

        Assert.Equal(2, _store.All(RecordKind.Answer).Count);
        Assert.All(names, name => Assert.False(edge.Live.AreShownOverHttp(name)));
    }

    /// <summary>Each machine in turn would give the state back that it could not read.</summary>
    [Fact]
    public async Task A_record_that_is_no_answer_keeps_nobody_from_the_state()
    {
        await DamageAsync("old.test");
        await using var edge = await Edge.StartAsync(_time, _ca, _settings, new EngineStore(_store), [Wishes.Of("shop.test", challenges: [ChallengeTypes.TlsAlpn01])]);

        Assert.Equal(AcmeCertificateState.Served, (await edge.SettleAsync("shop.test")).State);
        Assert.Empty(_store.All(RecordKind.Answer));
    }

    /// <summary>What another process wrote is looked for among all records.</summary>
    [Fact]
    public async Task A_record_that_is_no_answer_keeps_no_other_one_from_being_removed()
    {
        await DamageAsync("old.test");
        var left = new ChallengeAnswer(ChallengeTypes.TlsAlpn01, AcmeIdentifier.Parse("shop.test"), "token", "token.thumbprint");
        await _store.WriteAsync(new StoreWrite(StoredAnswers.KeyOfServerName("shop.test"), StoredAnswers.Content(left)), TestContext.Current.CancellationToken);
        await using var lease = await _store.TryLeaseAsync(new StoreLeaseRequest(StateLease.Resource, "me", TimeSpan.FromMinutes(1)), TestContext.Current.CancellationToken);
        var solver = new TlsAlpn01Solver(new LiveAnswers(_time), isShared: true, NullLogger<TlsAlpn01Solver>.Instance);

        await solver.RemoveAsync(new StateSession(_store, lease!.Fence), "token", TestContext.Current.CancellationToken);

        Assert.Equal(StoredAnswers.KeyOfServerName("old.test"), Assert.Single(_store.All(RecordKind.Answer)).Key);
    }

    private async Task DamageAsync(string serverName) =>
        await _store.WriteAsync(new StoreWrite(StoredAnswers.KeyOfServerName(serverName), new RecordContent([new RecordPart("answer.json", "damaged"u8.ToArray(), secret: true)])), TestContext.Current.CancellationToken);

    private async Task<ChosenChallenge> AnsweringAsync(Edge edge)
    {
        _ca.ValidationLooks = 20;
        await edge.RunAsync(TimeSpan.FromSeconds(3));
        return Assert.Single(Assert.IsType<OrderProgress.Answering>(edge.Entry("shop.test").Run?.Order.Progress).Challenges);
    }

    private Task<Edge> StartAsync(string type) => Edge.StartAsync(_time, _ca, _settings, _store, [Wishes.Of("shop.test", challenges: [type])]);
}
