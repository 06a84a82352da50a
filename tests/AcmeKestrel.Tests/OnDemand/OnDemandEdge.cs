using AcmeKestrel.Certificates;
using AcmeKestrel.Certificates.Ports;
using AcmeKestrel.Configuration.OnDemand;
using AcmeKestrel.Desired;
using AcmeKestrel.Lifecycle;
using AcmeKestrel.Lifecycle.OnDemand;
using AcmeKestrel.Storage;
using AcmeKestrel.Telemetry;
using AcmeKestrel.Tests.Hostile;
using AcmeKestrel.Tests.Lifecycle;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Time.Testing;

namespace AcmeKestrel.Tests.OnDemand;

/// <summary>Names on demand in virtual time: who comes for them, and what the application says, are the test's.</summary>
public abstract class OnDemandEdge
{
    private protected const string Name = "shop.customer.test";

    private protected OnDemandEdge() => (Store, Ca) = (new TestStore(Time), new TestCa(Time));

    private protected FakeTimeProvider Time { get; } = new(new DateTimeOffset(2026, 11, 23, 12, 0, 0, TimeSpan.Zero));

    private protected TestStore Store { get; }

    private protected TestCa Ca { get; }

    private protected TestSettings Settings { get; } = new() { OnDemand = new OnDemandSettings((Uri?)null), Challenges = [ChallengeTypes.Http01], Ari = false };

    private protected FakeVisits Visits { get; } = new();

    private protected RecordedLog Log { get; } = new();

    private protected List<string> Asked { get; } = [];

    private protected Func<string, bool> Permission { get; set; } = _ => true;

    /// <summary>Writes of names on demand.</summary>
    private protected int Written { get; private set; }

    private protected static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>A look at the visits, and what follows from it for the wishes.</summary>
    private protected static async Task KeepAsync(Edge edge)
    {
        await edge.Get<OnDemandKeeper>().LookAsync(edge.Session, Token);
        await edge.Get<WishFollower>().ReadAsync(asksAll: false, Token);
    }

    /// <summary>Two such looks, as far from each other as a name must be found over for.</summary>
    private protected static async Task KeepOnAsync(Edge edge)
    {
        await KeepAsync(edge);
        await edge.RunAsync(FadingNames.Span);
        await KeepAsync(edge);
    }

    private protected IReadOnlyList<string> Names => [.. Store.All(RecordKind.OnDemand).Select(record => record.Key.Name)];

    private protected async Task<Edge> StartAsync(IOnDemandElsewhere? elsewhere = null, bool readsWishes = true)
    {
        Store.BeforeWrite = key => Written += key.Kind == RecordKind.OnDemand ? 1 : 0;
        var edge = await Edge.StartAsync(Time, Ca, Settings, Store, [], log: Log, also: services =>
        {
            services.AddSingleton<IWishFeed, WishFeed>();
            services.AddSingleton<IVisitedCertificates>(Visits);
            services.AddScoped<IOnDemandPermission>(_ => new Permitting(this));
            if (elsewhere is not null) services.AddSingleton(elsewhere);
        });
        if (readsWishes) await edge.Get<WishFollower>().ReadAsync(Token);
        return edge;
    }

    /// <summary>With its first certificate.</summary>
    private protected async Task<Edge> StartAsync(string name)
    {
        var edge = await StartAsync();
        Assert.Null(await edge.Get<OnDemandRegister>().WishAsync(name, Token));
        Assert.Equal(AcmeCertificateState.Served, (await edge.SettleAsync(name)).State);
        return edge;
    }

    private protected static Task<HealthCheckResult> CheckAsync(Edge edge)
    {
        var check = edge.Get<AcmeHealthCheck>();
        return check.CheckHealthAsync(new HealthCheckContext { Registration = new HealthCheckRegistration("acme", check, null, null) }, Token);
    }

    /// <summary>Days go by, with a look at visits on each.</summary>
    private protected static async Task RunAsync(Edge edge, int days)
    {
        for (var day = 0; day < days; day++)
        {
            await edge.RunAsync(TimeSpan.FromDays(1));
            await KeepAsync(edge);
            await edge.RunAsync(TimeSpan.FromMinutes(1));
        }
    }

    internal sealed class FakeVisits : IVisitedCertificates
    {
        public HashSet<string> Marked { get; } = [];

        public bool TakeVisit(string label) => Marked.Remove(label);
    }

    private sealed class Permitting(OnDemandEdge scene) : IOnDemandPermission
    {
        public ValueTask<bool> IsAllowedAsync(AcmeOnDemandVisit visit, CancellationToken cancellationToken)
        {
            scene.Asked.Add(visit.Name);
            return ValueTask.FromResult(scene.Permission(visit.Name));
        }
    }
}
