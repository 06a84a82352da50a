using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using AcmeKestrel.Tests.Lifecycle;
using Microsoft.Extensions.Time.Testing;

namespace AcmeKestrel.Tests.Telemetry;

public sealed class OrderTraceTests : IDisposable
{
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 11, 23, 12, 0, 0, TimeSpan.Zero));
    private readonly TestStore _store;
    private readonly TestSettings _settings = new() { Ari = false };
    private readonly TestCa _ca;

    /// <summary>Other tests order at the same time: whose trace it is, its name tells.</summary>
    private readonly string _name = $"n{Guid.NewGuid():N}.test";

    private readonly ConcurrentQueue<Activity> _ended = new();
    private readonly ActivityListener _listener;

    public OrderTraceTests()
    {
        (_store, _ca) = (new TestStore(_time), new TestCa(_time));
        _listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == "AcmeKestrel",
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = _ended.Enqueue,
        };
        ActivitySource.AddActivityListener(_listener);
    }

    public void Dispose() => _listener.Dispose();

    [Fact]
    public async Task One_issuance_is_one_trace_with_its_steps_and_their_requests()
    {
        using var ambient = new Activity("whoever happens to be at work").Start();
        await using var edge = await Edge.StartAsync(_time, _ca, _settings, _store, [Wishes.Of(_name)]);
        await edge.SettleAsync(_name);

        var order = Assert.Single(Orders());
        Assert.Equal((null, "test", "new", "issued", ActivityStatusCode.Unset), (order.ParentId, order.GetTagItem("acme.ca"), order.GetTagItem("acme.order.kind"), order.GetTagItem("acme.outcome"), order.Status));
        Assert.Same(ambient, Activity.Current);

        var steps = Within(order).Where(one => one.OperationName.StartsWith("acme.order.", StringComparison.Ordinal)).ToList();
        Assert.Equal(["acme.order.create", "acme.order.choose", "acme.order.validate", "acme.order.validate", "acme.order.finalize", "acme.order.download"], steps.Select(one => one.OperationName));
        Assert.All(steps, step => Assert.Equal(order.SpanId, step.ParentSpanId));

        var requests = Within(order).Where(one => one.Kind == ActivityKind.Client).ToList();
        Assert.Equal("acme.order.create", NameOfParent(steps, requests.Single(one => one.OperationName == "acme.request.new-order")));
        Assert.Equal("acme.order.finalize", NameOfParent(steps, requests.First(one => one.OperationName == "acme.request.finalize")));
        Assert.Equal(201, requests.Single(one => one.OperationName == "acme.request.new-order").GetTagItem("http.response.status_code"));
    }

    [Fact]
    public async Task A_failed_order_says_so_and_the_next_one_is_another_trace()
    {
        await using var edge = await Edge.StartAsync(_time, _ca, _settings, _store, [Wishes.Of(_name)]);
        edge.Reach = (_, _) => "nobody is there";

        await edge.SettleAsync(_name);

        Assert.Equal(2, Orders().Select(order => order.TraceId).Distinct().Count());
        Assert.All(Orders(), order => Assert.Equal((ActivityStatusCode.Error, "failed"), (order.Status, order.GetTagItem("acme.outcome"))));
    }

    /// <summary>What a CA says of a validation names the URL that it asked for, and the token ends that.</summary>
    [Fact]
    public async Task No_span_tells_what_the_CA_said_of_a_failure()
    {
        await using var edge = await Edge.StartAsync(_time, _ca, _settings, _store, [Wishes.Of(_name)]);
        edge.Reach = (type, name) => $"Invalid response from https://{name}/.well-known/{type}/a-token: 404";

        await edge.SettleAsync(_name);

        Assert.Contains("https://", edge.Status(_name).Reason, StringComparison.Ordinal);
        Assert.All(Orders(), order => Assert.Equal("unauthorized", order.StatusDescription));
        var all = Orders().SelectMany(order => Within(order).Append(order)).ToList();
        Assert.All(all.Select(one => one.StatusDescription).OfType<string>(), description => Assert.Matches("^[A-Za-z]+$", description));
        Assert.DoesNotContain(all.SelectMany(one => one.TagObjects), tag => tag.Value?.ToString() is { } value && (value.Contains("https://", StringComparison.Ordinal) || value.Contains("a-token", StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData("urn:ietf:params:acme:error:rejectedIdentifier", "rejectedIdentifier")]
    [InlineData("https://ca.test/errors/a-token", "rejected")]
    [InlineData("urn:of:the:ca:a-token", "rejected")]
    [InlineData("about:blank", "rejected")]
    public async Task Of_a_refusal_the_type_is_told_where_it_is_ACMEs(string type, string told)
    {
        _ca.Instead = (kind, _) => kind == "order"
            ? new HttpResponseMessage(HttpStatusCode.BadRequest) { Content = new StringContent($$"""{"type":"{{type}}","detail":"see https://ca.test/a-token"}""", new System.Net.Http.Headers.MediaTypeHeaderValue("application/problem+json")) }
            : null;
        await using var edge = await Edge.StartAsync(_time, _ca, _settings, _store, [Wishes.Of(_name)]);

        await edge.SettleAsync(_name);

        Assert.Equal(told, Orders()[0].StatusDescription);
    }

    [Fact]
    public async Task An_order_that_the_CA_lost_says_no_more_than_that()
    {
        _ca.ValidationLooks = 1000;
        await using var edge = await Edge.StartAsync(_time, _ca, _settings, _store, [Wishes.Of(_name)]);
        await edge.RunAsync(TimeSpan.FromSeconds(3));
        _ca.LoseEverything();
        _ca.ValidationLooks = 0;

        await edge.RunAsync(TimeSpan.FromMinutes(10));

        Assert.Equal(("lost", "lost"), (Orders()[0].GetTagItem("acme.outcome"), Orders()[0].StatusDescription));
    }

    [Fact]
    public async Task A_refused_request_tells_the_kind_of_problem_and_no_span_tells_a_token()
    {
        _ca.Instead = (kind, _) => kind == "order"
            ? new HttpResponseMessage(HttpStatusCode.BadRequest) { Content = new StringContent("""{"type":"urn:ietf:params:acme:error:rejectedIdentifier"}""", new System.Net.Http.Headers.MediaTypeHeaderValue("application/problem+json")) }
            : null;
        await using var edge = await Edge.StartAsync(_time, _ca, _settings, _store, [Wishes.Of(_name)]);

        await edge.SettleAsync(_name);

        var order = Orders()[0];
        var refused = Within(order).Last(one => one.OperationName == "acme.request.new-order");
        Assert.Equal(("urn:ietf:params:acme:error:rejectedIdentifier", "400", ActivityStatusCode.Error), (refused.GetTagItem("acme.problem"), refused.GetTagItem("error.type"), refused.Status));
        Assert.DoesNotContain(Within(order).SelectMany(one => one.TagObjects), tag => tag.Value?.ToString()?.Contains("https://", StringComparison.Ordinal) is true);
    }

    [Fact]
    public async Task An_order_that_a_process_before_this_one_began_is_a_trace_of_its_own()
    {
        _ca.ValidationLooks = 3;
        await using (var first = await Edge.StartAsync(_time, _ca, _settings, _store, [Wishes.Of(_name)])) await first.RunAsync(TimeSpan.FromSeconds(0.1));
        await using var second = await Edge.StartAsync(_time, _ca, _settings, _store, [Wishes.Of(_name)]);

        await second.SettleAsync(_name);

        Assert.Equal([("new", "interrupted"), ("resumed", "issued")], Orders().Select(order => (order.GetTagItem("acme.order.kind"), order.GetTagItem("acme.outcome"))));
    }

    [Fact]
    public async Task One_that_a_process_before_this_one_began_ends_with_it_when_it_is_given_up()
    {
        _ca.ValidationLooks = 1000;
        await using (var first = await Edge.StartAsync(_time, _ca, _settings, _store, [Wishes.Of(_name)])) await first.RunAsync(TimeSpan.FromSeconds(3));
        await using var second = await Edge.StartAsync(_time, _ca, _settings, _store, [Wishes.Of(_name)]);
        await second.RunAsync(TimeSpan.FromMinutes(1));

        second.Drop(_name);
        await second.RunAsync(TimeSpan.FromSeconds(1));

        Assert.Equal([("new", "interrupted"), ("resumed", "abandoned")], Orders().Select(order => (order.GetTagItem("acme.order.kind"), order.GetTagItem("acme.outcome"))));
    }

    private List<Activity> Orders() => [.. _ended.Where(one => one.OperationName == "acme.order" && one.GetTagItem("acme.certificate.name") as string == _name)];

    private List<Activity> Within(Activity order) => [.. _ended.Where(one => one.TraceId == order.TraceId && one != order).OrderBy(one => one.StartTimeUtc)];

    private static string? NameOfParent(List<Activity> steps, Activity request) => steps.SingleOrDefault(step => step.SpanId == request.ParentSpanId)?.OperationName;
}
