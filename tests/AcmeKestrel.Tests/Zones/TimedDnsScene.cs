using AcmeKestrel.Certificates;
using AcmeKestrel.Configuration.Zones;
using AcmeKestrel.Lifecycle.Dispatching;
using AcmeKestrel.Lifecycle.Telling;
using AcmeKestrel.LocalCa;
using AcmeKestrel.Tests.Lifecycle;
using AcmeKestrel.Tests.Serving;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using TestCa = AcmeKestrel.Tests.Lifecycle.TestCa;

namespace AcmeKestrel.Tests.Zones;

/// <summary>One process in virtual time with a DNS provider, and a CA that looks into its zone.</summary>
public abstract class TimedDnsScene : IAsyncDisposable
{
    private protected const string Label = "shop.test";

    private readonly LocalCaServer _ca;

    private protected TimedDnsScene()
    {
        Store = new TestStore(Time);
        Behaviour = new LocalCaServerOptions { TimeProvider = Time, Validator = (probe, _) => ValueTask.FromResult(Judge(probe)), Interceptor = (request, next, _) => ValueTask.FromResult(Pass(request, next)) };
        _ca = new LocalCaServer(Behaviour);
        Settings = new TestSettings
        {
            DirectoryUrl = _ca.DirectoryUrl,
            Dns = new DnsSettings { Default = "corp", Providers = new(new Dictionary<string, DnsProviderSetting> { ["corp"] = new("corp", null, new()) }) },
        };
    }

    private protected FakeTimeProvider Time { get; } = new(new DateTimeOffset(2026, 11, 23, 12, 0, 0, TimeSpan.Zero));

    private protected TestStore Store { get; }

    private protected FakeZone Zone { get; } = new();

    private protected TestSettings Settings { get; }

    private protected LocalCaServerOptions Behaviour { get; }

    public async ValueTask DisposeAsync()
    {
        await _ca.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    /// <summary>What the CA does with a request.</summary>
    private protected virtual LocalCaReply Pass(LocalCaRequest request, Func<LocalCaRequest, LocalCaReply> next) => next(request);

    /// <summary>What it finds in the zone.</summary>
    private protected ChallengeProblem? Judge(ChallengeProbe probe) => probe.JudgeRecords(Zone.ValuesAt(probe.RecordName!), Time.GetUtcNow());

    private protected Task<Edge> StartAsync(params string[] names) => Edge.StartAsync(Time, new TestCa(Time), Settings, Store, [Wishes.Of(Label, names, challenges: [ChallengeTypes.Dns01])], _ca.CreateHandler, also: services =>
    {
        services.AddSingleton(new DnsProviderTypes([], [new DnsProviderInCode("corp", _ => Zone)], null!));
        services.AddSingleton<IDnsLookup>(Zone);
    });

    /// <summary>Null: it was not looked at yet.</summary>
    private protected static AcmeCertificateStatus? StatusOf(Edge edge) => edge.Get<StatusBoard>().List().FirstOrDefault(status => status.Label == Label);

    /// <summary>Goes on until its reason has these words.</summary>
    private protected async Task ComeToAsync(Edge edge, string words)
    {
        while (StatusOf(edge)?.Reason?.Contains(words, StringComparison.Ordinal) is not true)
        {
            Assert.False(HasEnded(edge), $"It never came to '{words}': {StatusOf(edge)?.State} {StatusOf(edge)?.Reason}");
            await GoOnAsync(edge);
        }
    }

    /// <summary>Until it is served or has failed.</summary>
    private protected async Task<AcmeCertificateStatus> EndAsync(Edge edge)
    {
        while (!HasEnded(edge)) await GoOnAsync(edge);
        return edge.Status(Label);
    }

    private static bool HasEnded(Edge edge) => StatusOf(edge) is { State: not (AcmeCertificateState.Ordering or AcmeCertificateState.Waiting) };

    /// <summary>Work on DNS is done on other threads and wakes its label; no time passes meanwhile.</summary>
    private async Task GoOnAsync(Edge edge)
    {
        var isAtWork = StatusOf(edge)?.Reason is { } reason && reason.Contains("DNS", StringComparison.Ordinal) && !reason.Contains("left alone", StringComparison.Ordinal);
        if (isAtWork) await Eventually.TrueAsync(() => edge.Get<Dispatcher>().NextDue <= Time.GetUtcNow());
        await edge.RunNextAsync();
    }
}
