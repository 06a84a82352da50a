using System.Collections.Concurrent;
using System.Net;
using AcmeKestrel.Lifecycle;
using AcmeKestrel.Lifecycle.Dispatching;
using AcmeKestrel.Lifecycle.Telling;
using Microsoft.Extensions.Time.Testing;

namespace AcmeKestrel.Tests.Lifecycle;

/// <summary>Many certificates whose CA is to be asked when to renew (RFC 9773): few ask at once, and the others in their turn.</summary>
public sealed class RenewalQuestionTests
{
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 11, 23, 12, 0, 0, TimeSpan.Zero));
    private readonly TestStore _store;
    private readonly TestSettings _settings = new();
    private readonly TestCa _ca;

    public RenewalQuestionTests() => (_store, _ca) = (new TestStore(_time), new TestCa(_time));

    [Fact]
    public async Task Of_many_certificates_at_a_ca_that_fails_few_ask()
    {
        _ca.RenewalInfo = _ => new HttpResponseMessage(HttpStatusCode.InternalServerError);
        await using var edge = await Edge.StartAsync(_time, _ca, _settings, _store, [.. Enumerable.Range(0, 30).Select(i => Wishes.Of($"n{i}.test"))]);

        await edge.RunAsync(TimeSpan.FromSeconds(50));

        Assert.Equal(30, _ca.Certificates.Count);
        Assert.Single(_ca.RenewalLooks);
        Assert.All(edge.Get<StatusBoard>().List(), status => Assert.Equal(AcmeCertificateState.Served, status.State));
    }

    /// <summary>Four ask at once. All others are looked at twice, however long the questions take: when they are due, and when it is their turn.</summary>
    [Theory]
    [InlineData(10)]
    [InlineData(40)]
    public async Task Those_who_must_wait_for_their_turn_are_woken_when_it_comes_and_not_before(int labels)
    {
        var (edge, questions) = await StartHeldAsync(labels);
        await using var started = edge;
        var runs = Begin(edge);
        Assert.Equal((4, labels), (questions.Count, runs.Count));

        _time.Advance(TimeSpan.FromSeconds(9));
        Assert.Empty(Begin(edge));

        for (var answered = 0; answered < labels; answered++)
        {
            await AnswerAsync(questions, runs);
            runs.AddRange(Begin(edge));
            Assert.InRange(questions.Count, 0, 4);
        }

        Assert.All(await Task.WhenAll(runs), Assert.True);
        Assert.Equal(labels, _ca.RenewalLooks.Select(look => look.Id).Distinct().Count());
        Assert.Equal((labels, (2 * labels) - 4), (_ca.RenewalLooks.Count, runs.Count));
    }

    [Fact]
    public async Task Whoever_has_nothing_to_ask_any_more_when_it_is_their_turn_lets_the_next_one_ask()
    {
        var (edge, questions) = await StartHeldAsync(6);
        await using var started = edge;
        var runs = Begin(edge);
        edge.Drop("n4.test");
        runs.AddRange(Begin(edge));

        await AnswerAsync(questions, runs);
        runs.AddRange(Begin(edge));

        Assert.Equal(4, questions.Count);
        while (!questions.IsEmpty) await AnswerAsync(questions, runs);
        await Task.WhenAll(runs);
        Assert.Equal(["n0.test", "n1.test", "n2.test", "n3.test", "n5.test"], edge.Wishes.Select(wish => wish.Label).Where(label => edge.Entry(label).Schedule.Renewal is not null));
    }

    /// <summary>Labels with certificates, all of which want to ask when to renew; no question has an answer yet.</summary>
    private async Task<(Edge Edge, ConcurrentQueue<TaskCompletionSource> Questions)> StartHeldAsync(int labels)
    {
        _ca.RenewalInfo = _ => TestCa.Window(_ca.Certificates[0].At.AddDays(30), _ca.Certificates[0].At.AddDays(40), 21_600, null);
        _settings.Ari = false;
        var questions = new ConcurrentQueue<TaskCompletionSource>();
        var edge = await Edge.StartAsync(_time, _ca, _settings, _store, [.. Enumerable.Range(0, labels).Select(i => Wishes.Of($"n{i}.test"))], () => new Holds(_ca.Transport(), questions));
        await edge.RunAsync(TimeSpan.FromMinutes(1));
        Assert.Equal(labels, _ca.Certificates.Count);

        _settings.Ari = true;
        edge.Wake(edge.Wishes.Select(wish => wish.Label));
        return (edge, questions);
    }

    /// <summary>Has all begin that are due.</summary>
    private List<Task<bool>> Begin(Edge edge)
    {
        var runs = new List<Task<bool>>();
        while (edge.Get<Dispatcher>().NextDue <= _time.GetUtcNow()) runs.Add(edge.Get<Dispatcher>().RunNextAsync(edge.Get<LabelRunner>().RunAsync, TestContext.Current.CancellationToken));
        return runs;
    }

    /// <summary>Answers the first question, until the label that asked it is done.</summary>
    private static async Task AnswerAsync(ConcurrentQueue<TaskCompletionSource> questions, IReadOnlyList<Task> runs)
    {
        var asking = runs.Where(run => !run.IsCompleted).ToList();
        Assert.True(questions.TryDequeue(out var question));
        question.SetResult();
        await Task.WhenAny(asking).WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);
    }

    /// <summary>Answers a question about renewal when it is told to.</summary>
    private sealed class Holds(HttpMessageHandler inner, ConcurrentQueue<TaskCompletionSource> questions) : DelegatingHandler(inner)
    {
        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            if (request.RequestUri!.AbsolutePath.StartsWith("/renewal/", StringComparison.Ordinal))
            {
                var question = new TaskCompletionSource();
                questions.Enqueue(question);
                await question.Task.WaitAsync(cancellationToken);
            }

            return await base.SendAsync(request, cancellationToken);
        }
    }
}
