using System.Collections.Concurrent;
using System.Net;
using AcmeKestrel.Certificates;
using AcmeKestrel.Challenges;
using AcmeKestrel.Tests.Hostile;
using AcmeKestrel.Tests.Serving;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;

namespace AcmeKestrel.Tests.Challenges;

/// <summary>Answers that other processes stored: found where this one has none, and asked for so rarely that strangers cannot load the store.</summary>
public sealed class StoredAnswersTests
{
    private const string Token = "evaGxfADs6pSRb2LAv9IZf17Dt3juxGJ-PCt92wr-oA";

    private readonly FakeTimeProvider _time = new();
    private readonly AnswersElsewhere _store = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Answers_of_other_processes_are_found_for_their_host_only()
    {
        _store.Answer = Pending("shop.test");
        var answers = new LiveAnswers(_time, _store);

        Assert.Equal(_store.Answer.KeyAuthorization, await answers.FindHttp01Async("shop.test", Token, default, Cancellation));
        Assert.Null(await answers.FindHttp01Async("api.test", Token, default, Cancellation));
        Assert.Null(await answers.FindHttp01Async("shop.test", "other-token", default, Cancellation));
    }

    [Theory]
    [InlineData("")]
    [InlineData("a/b")]
    [InlineData("..")]
    [InlineData("QQ==")]
    [InlineData("caf\u00e9")]
    public async Task A_malformed_token_never_reaches_the_store(string token)
    {
        Assert.Null(await new LiveAnswers(_time, _store).FindHttp01Async("shop.test", token, default, Cancellation));
        Assert.Equal(0, _store.Questions);
    }

    [Fact]
    public async Task A_token_the_store_does_not_know_is_not_asked_for_again_at_once()
    {
        var answers = new LiveAnswers(_time, _store);
        for (var i = 0; i < 5; i++) Assert.Null(await answers.FindHttp01Async("shop.test", Token, default, Cancellation));
        Assert.Equal(1, _store.Questions);

        _time.Advance(TimeSpan.FromSeconds(2));
        await answers.FindHttp01Async("shop.test", Token, default, Cancellation);

        Assert.Equal(2, _store.Questions);
    }

    [Fact]
    public async Task Questions_for_one_token_are_one_question_and_questions_at_once_are_few()
    {
        _store.Gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var answers = new LiveAnswers(_time, _store);
        var same = Enumerable.Range(0, 10).Select(_ => Ask(answers, "shop.test", Token, "192.0.2.1", isOurs: false)).ToList();
        var many = Enumerable.Range(0, 100).Select(i => Ask(answers, $"{i}.test", $"token-{i}", $"10.0.{i}.1", isOurs: false)).ToList();
        await Eventually.TrueAsync(() => _store.Questions >= 16);
        Assert.DoesNotContain(same.Concat(many), task => task.IsCompleted);
        Assert.Equal(16, _store.Questions);

        _store.Gate.SetResult();
        await PassAsync(() => same.Concat(many).All(task => task.IsCompleted));

        Assert.Equal(101, _store.Questions);
    }

    [Fact]
    public async Task Strangers_that_fill_a_slow_store_with_questions_leave_room_for_a_CAs_probe()
    {
        _store.Gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _store.Answer = Pending("shop.test");
        var answers = new LiveAnswers(_time, _store);

        // Names that nobody wished, from everywhere; and the very name that is being validated, from one place.
        var strangers = Enumerable.Range(0, 100).Select(i => Ask(answers, $"{i}.test", $"token-{i}", $"192.0.{i}.1", isOurs: false))
            .Concat(Enumerable.Range(0, 100).Select(i => Ask(answers, "shop.test", $"more-{i}", $"198.51.100.{i}", isOurs: true))).ToList();
        var probe = Ask(answers, "shop.test", Token, "203.0.113.1", isOurs: true);
        _store.Gate.SetResult();

        Assert.Equal(_store.Answer.KeyAuthorization, await probe);
        await PassAsync(() => strangers.All(task => task.IsCompleted));
    }

    /// <summary>Anybody can ask under names of ours, and take another token each time.</summary>
    [Theory]
    [InlineData(ChallengeTypes.Http01)]
    [InlineData(ChallengeTypes.TlsAlpn01)]
    public async Task One_network_that_asks_under_all_names_of_ours_leaves_the_others_their_turn(string type)
    {
        _store.Gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _store.Answer = Pending("shop.test", type);
        var answers = new LiveAnswers(_time, _store);
        for (var i = 0; i < 2000; i++) _ = ProbeAsync(answers, type, $"{i}.test", $"token-{i}", $"198.51.100.{i % 250}");

        var probe = ProbeAsync(answers, type, "shop.test", Token, "203.0.113.1");
        await Eventually.TrueAsync(() => _store.Questions >= 16 + 1 && _store.Asked.Contains(type == ChallengeTypes.Http01 ? Token : "shop.test"));
        Assert.Equal(16 + 1, _store.Questions);

        _store.Gate.SetResult();
        Assert.Equal(_store.Answer.KeyAuthorization, await probe);
    }

    /// <summary>It comes from one network, at once, and a name of which it is not told the answer has failed.</summary>
    [Theory]
    [InlineData(ChallengeTypes.Http01)]
    [InlineData(ChallengeTypes.TlsAlpn01)]
    public async Task A_CA_that_validates_a_hundred_names_at_once_is_answered_for_each(string type)
    {
        _store.Gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        for (var i = 0; i < 100; i++) _store.Add(Probes.Pending($"{i}.test", type, $"token-{i}"));
        var answers = new LiveAnswers(_time, _store);
        var probes = Enumerable.Range(0, 100).Select(i => ProbeAsync(answers, type, $"{i}.test", $"token-{i}", "203.0.113.1")).ToList();
        await Eventually.TrueAsync(() => _store.Questions == 16);

        _store.Gate.SetResult();
        await PassAsync(() => probes.All(task => task.IsCompleted));

        Assert.All(await Task.WhenAll(probes), Assert.NotNull);
    }

    [Theory]
    [InlineData(false, 1, 40)]
    [InlineData(false, 100, 160)]
    [InlineData(true, 1, 320)]
    [InlineData(true, 100, 1280)]
    public async Task However_fast_the_store_is_it_is_asked_only_so_much_in_a_second(bool isOurs, int networks, int most)
    {
        var answers = new LiveAnswers(_time, _store);
        var asked = 0;
        for (var tick = 0; tick < 100; tick++)
        {
            for (var i = 0; i < 40; i++, asked++) _ = Ask(answers, $"{asked}.test", $"token-{asked}", $"10.0.{asked % networks}.1", isOurs);
            _time.Advance(TimeSpan.FromMilliseconds(10));
            await Task.Run(Thread.Yield, Cancellation);
        }

        // However few threads there were for those who ask.
        await Eventually.TrueAsync(() => _store.Questions > 0);

        // What was begun with the second is of it, and a turn lasts for a twentieth or a tenth of it.
        Assert.InRange(_store.Questions, 1, most * 11 / 10);
    }

    /// <summary>No line is without end, and what was not asked is not remembered as missing.</summary>
    [Fact]
    public async Task Of_too_many_that_wait_the_last_one_has_no_answer_and_may_ask_again()
    {
        _store.Gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        for (var i = 0; i <= 1024; i++) _store.Add(Probes.Pending($"{i}.test", ChallengeTypes.Http01, $"token-{i}"));
        var answers = new LiveAnswers(_time, _store);
        var waiting = Enumerable.Range(0, 1025).Select(i => Ask(answers, $"{i}.test", $"token-{i}", "198.51.100.1", isOurs: true)).ToList();
        await Eventually.TrueAsync(() => waiting.Exists(task => task.IsCompleted));
        var last = waiting.FindIndex(task => task.IsCompleted);
        Assert.Null(await waiting[last]);

        _store.Gate.SetResult();
        await PassAsync(() => waiting.TrueForAll(task => task.IsCompleted));
        Assert.Equal(1024, (await Task.WhenAll(waiting)).Count(answer => answer is not null));

        var again = Ask(answers, $"{last}.test", $"token-{last}", "198.51.100.1", isOurs: true);
        await PassAsync(() => again.IsCompleted);
        Assert.NotNull(await again);
    }

    /// <summary>A store that hangs: what waited for a turn until its time was over was never asked.</summary>
    [Fact]
    public async Task Who_waits_longer_than_five_seconds_has_no_answer_and_may_ask_again()
    {
        _store.Gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _store.Answer = Pending("shop.test");
        var answers = new LiveAnswers(_time, _store);
        var slow = Enumerable.Range(0, 16).Select(i => Ask(answers, $"{i}.test", $"token-{i}", "198.51.100.1", isOurs: true)).ToList();
        await Eventually.TrueAsync(() => _store.Questions == 16);
        var late = Ask(answers, "shop.test", Token, "198.51.100.1", isOurs: true);

        await PassAsync(() => late.IsCompleted && slow.TrueForAll(task => task.IsCompleted));
        Assert.Null(await late);

        _store.Gate.SetResult();
        Assert.Equal(_store.Answer.KeyAuthorization, await Ask(answers, "shop.test", Token, "198.51.100.1", isOurs: true));
    }

    [Fact]
    public async Task A_store_that_fails_or_never_answers_is_no_answer()
    {
        _store.Gate = new TaskCompletionSource();
        var answers = new LiveAnswers(_time, _store);
        var stuck = answers.FindHttp01Async("shop.test", Token, default, Cancellation).AsTask();
        await Eventually.TrueAsync(() => _store.Questions == 1);
        _time.Advance(TimeSpan.FromSeconds(5));
        Assert.Null(await stuck);

        _store.Gate.SetException(new IOException("The disk is gone."));
        Assert.Null(await answers.FindHttp01Async("shop.test", "other", default, Cancellation));
    }

    /// <summary>Anybody can ask as often as he likes.</summary>
    [Fact]
    public async Task A_store_that_fails_is_told_of_once_a_minute()
    {
        _store.Gate = new TaskCompletionSource();
        _store.Gate.SetException(new IOException("The disk is gone."));
        using var log = new RecordedLog();
        using var loggers = LoggerFactory.Create(logging => logging.AddProvider(log));
        var answers = new LiveAnswers(_time, _store, loggers.CreateLogger<LiveAnswers>());
        for (var i = 0; i < 3; i++) Assert.Null(await answers.FindHttp01Async("shop.test", $"token-{i}", default, Cancellation));
        Assert.Single(log.Lines, line => line.StartsWith("400 ", StringComparison.Ordinal));

        _time.Advance(TimeSpan.FromMinutes(1));
        Assert.Null(await answers.FindHttp01Async("shop.test", "token-3", default, Cancellation));
        Assert.Equal(2, log.Lines.Count(line => line.StartsWith("400 ", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task An_answer_that_another_machine_stored_is_found_by_the_server_name()
    {
        _store.Answer = Pending("shop.test", ChallengeTypes.TlsAlpn01);
        var answers = new LiveAnswers(_time, _store);

        Assert.Equal(_store.Answer, await answers.FindTlsAlpn01Async("SHOP.test", default, Cancellation));
        Assert.Null(await answers.FindTlsAlpn01Async("other.test", default, Cancellation));
    }

    /// <summary>Another machine orders by now; where it has shown nothing for the name, what is known here may still be asked for.</summary>
    [Fact]
    public async Task What_is_stored_leads_where_another_machine_goes_on()
    {
        var (former, later) = (Pending("shop.test", ChallengeTypes.TlsAlpn01), Pending("shop.test", ChallengeTypes.TlsAlpn01) with { Token = "later", KeyAuthorization = "later.x" });
        var (alone, answers) = (new LiveAnswers(_time), new LiveAnswers(_time, _store));
        foreach (var live in new[] { alone, answers })
        {
            live.Publish(former);
            live.Yield();
        }

        Assert.Equal(former, await alone.FindTlsAlpn01Async("SHOP.test", default, Cancellation));
        Assert.Equal(former, await answers.FindTlsAlpn01Async("shop.test", new Asker(null, AsksForOurs: true), Cancellation));
        _store.Answer = later;
        Assert.Equal(later, await answers.FindTlsAlpn01Async("shop.test", new Asker(null, AsksForOurs: true), Cancellation));

        answers.Publish(former);
        Assert.Equal(former, await answers.FindTlsAlpn01Async("shop.test", default, Cancellation));
        answers.Withdraw(former);
        _store.Answer = null;
        Assert.Null(await answers.FindTlsAlpn01Async("shop.test", new Asker(null, AsksForOurs: true), Cancellation));
    }

    /// <summary>A name can be guessed, and a probe just before the CA's must not be why that finds nothing.</summary>
    [Fact]
    public async Task A_strangers_probe_for_a_name_of_ours_does_not_spoil_the_one_that_comes_after_the_answer()
    {
        var answers = new LiveAnswers(_time, _store);
        var asker = new Asker(IPAddress.Loopback, AsksForOurs: true);
        Assert.Null(await answers.FindTlsAlpn01Async("shop.test", asker, Cancellation));

        // And one whose question was under way when the answer was written.
        _store.Gate = new TaskCompletionSource();
        var early = answers.FindTlsAlpn01Async("shop.test", asker, Cancellation).AsTask();
        await Eventually.TrueAsync(() => _store.Questions == 3);
        _store.Answer = Pending("shop.test", ChallengeTypes.TlsAlpn01);
        var probe = answers.FindTlsAlpn01Async("shop.test", asker, Cancellation).AsTask();
        _store.Gate.SetResult();
        await early;

        Assert.Equal(_store.Answer, await probe);
    }

    /// <summary>A name may become ours a moment after a stranger probed for it: by a visitor on another machine.</summary>
    [Fact]
    public async Task What_was_missing_while_the_name_was_nobodys_does_not_count_when_it_is_ours()
    {
        var answers = new LiveAnswers(_time, _store);
        Assert.Null(await answers.FindTlsAlpn01Async("shop.test", new Asker(IPAddress.Loopback, AsksForOurs: false), Cancellation));

        _store.Answer = Pending("shop.test", ChallengeTypes.TlsAlpn01);

        Assert.Null(await answers.FindTlsAlpn01Async("shop.test", new Asker(IPAddress.Loopback, AsksForOurs: false), Cancellation));
        Assert.Equal(_store.Answer, await answers.FindTlsAlpn01Async("shop.test", new Asker(IPAddress.Loopback, AsksForOurs: true), Cancellation));
    }

    [Fact]
    public async Task For_names_of_nobody_the_store_is_asked_once_in_a_while()
    {
        var answers = new LiveAnswers(_time, _store);
        for (var i = 0; i < 10; i++) Assert.Null(await answers.FindTlsAlpn01Async("other.test", new Asker(IPAddress.Loopback, AsksForOurs: false), Cancellation));
        Assert.Equal(1, _store.Questions);

        _time.Advance(TimeSpan.FromSeconds(3));
        Assert.Null(await answers.FindTlsAlpn01Async("other.test", new Asker(IPAddress.Loopback, AsksForOurs: false), Cancellation));
        Assert.Equal(2, _store.Questions);
    }

    private static Task<string?> Ask(LiveAnswers answers, string host, string token, string remote, bool isOurs) =>
        answers.FindHttp01Async(host, token, new Asker(IPAddress.Parse(remote), isOurs), Cancellation).AsTask();

    private static async Task<string?> ProbeAsync(LiveAnswers answers, string type, string name, string token, string remote)
    {
        var asker = new Asker(IPAddress.Parse(remote), AsksForOurs: true);
        return type == ChallengeTypes.Http01 ? await answers.FindHttp01Async(name, token, asker, Cancellation) : (await answers.FindTlsAlpn01Async(name, asker, Cancellation))?.KeyAuthorization;
    }

    /// <summary>Time passes until it has come.</summary>
    private Task PassAsync(Func<bool> hasCome) => Eventually.TrueAsync(() =>
    {
        if (hasCome()) return true;

        _time.Advance(TimeSpan.FromMilliseconds(10));
        return false;
    });

    private static ChallengeAnswer Pending(string name, string type = ChallengeTypes.Http01) => Probes.Pending(name, type, Token);
}
