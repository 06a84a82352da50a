using AcmeKestrel.Certificates;
using AcmeKestrel.LocalCa;
using AcmeKestrel.Tests.Zones;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;

namespace AcmeKestrel.Tests.Lifecycle;

/// <summary>Two CAs in memory: the tests' own (<c>test</c>) and the embedded one (<c>second</c>).</summary>
internal sealed class TwoCas : IAsyncDisposable
{
    private readonly LocalCaServerOptions _options = new();
    private Edge? _edge;

    public TwoCas()
    {
        First = new TestCa(Time);
        Store = new TestStore(Time);
        (_options.TimeProvider, _options.DirectoryUrl) = (Time, "https://second.test/directory");
        _options.Validator = async (probe, _) => probe.Type == ChallengeTypes.DnsPersist01
            ? probe.JudgeRecords(Zone.ValuesAt(probe.RecordName!), Time.GetUtcNow())
            : (_edge!.Reach($"second {probe.Type}", probe.Identifier) ?? await _edge.FindAnswerAsync(probe.Type, probe.Identifier, probe.Token)) is { } wrong ? new ChallengeProblem("connection", wrong) : null;
        _options.Interceptor = (request, next, _) =>
        {
            if (request.Resource == "new-order") SecondOrders.Add(Time.GetUtcNow());
            if (AnswerOfTheSecond(request.Resource) is { } status)
            {
                KeyValuePair<string, string>[] headers = [KeyValuePair.Create("Replay-Nonce", $"nonce{SecondOrders.Count}"), KeyValuePair.Create("Retry-After", "432000")];
                return ValueTask.FromResult(new LocalCaReply(status, headers, "application/problem+json", System.Text.Encoding.UTF8.GetBytes($$"""{"type":"urn:ietf:params:acme:error:{{ProblemOfTheSecond}}","detail":"too many"}""")));
            }

            return IsSecondDown ? throw new HttpRequestException("down") : ValueTask.FromResult(next(request));
        };
        Second = new LocalCaServer(_options);
        Settings = new TestSettings();
        Settings.Other = Settings.Provider with { Name = "second", DirectoryUrl = Second.DirectoryUrl };
    }

    public FakeTimeProvider Time { get; } = new(new DateTimeOffset(2026, 11, 23, 12, 0, 0, TimeSpan.Zero));

    public TestStore Store { get; }

    public TestSettings Settings { get; }

    public TestCa First { get; }

    public LocalCaServer Second { get; }

    /// <summary>The first one does not answer.</summary>
    public bool IsFirstDown { get; set; }

    public bool IsSecondDown { get; set; }

    /// <summary>(resource) -> the status that the second one answers with, in the place of its own; null: its own.</summary>
    public Func<string, int?> AnswerOfTheSecond { get; set; } = _ => null;

    /// <summary>Of which type that is.</summary>
    public string ProblemOfTheSecond { get; set; } = "rateLimited";

    public List<DateTimeOffset> SecondOrders { get; } = [];

    /// <summary>What is looked at in DNS, once <see cref="OfferPermanent"/> was called.</summary>
    public FakeZone Zone { get; } = new();

    /// <summary>Both offer to prove names by records that an operator sets, and say how they are called in them.</summary>
    public void OfferPermanent()
    {
        First.CaaIdentities = ["first.test"];
        (_options.OfferDnsPersist01, _options.CaaIdentities) = (true, ["second.test"]);
    }

    public async Task<Edge> StartAsync(params Wish[] wishes) => _edge = await Edge.StartAsync(Time, First, Settings, Store, wishes, () => new Router(this), also: services =>
    {
        if (First.CaaIdentities.Length > 0) services.AddSingleton<IDnsLookup>(Zone);
    });

    public ValueTask DisposeAsync() => Second.DisposeAsync();

    private sealed class Router(TwoCas cas) : HttpMessageHandler
    {
        private readonly HttpMessageInvoker _first = new(cas.First.Transport());
        private readonly HttpMessageInvoker _second = new(cas.Second.CreateHandler());

        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            if (request.RequestUri!.Host != new Uri(TestCa.DirectoryUrl).Host) return _second.SendAsync(request, cancellationToken);
            return cas.IsFirstDown ? throw new HttpRequestException("connection refused") : _first.SendAsync(request, cancellationToken);
        }

        protected override void Dispose(bool disposing)
        {
            _first.Dispose();
            _second.Dispose();
            base.Dispose(disposing);
        }
    }
}
