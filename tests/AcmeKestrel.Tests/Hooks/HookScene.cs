using AcmeKestrel.Certificates;
using AcmeKestrel.Lifecycle.Delivering;
using AcmeKestrel.Storage;
using AcmeKestrel.Tests.Lifecycle;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;

namespace AcmeKestrel.Tests.Hooks;

/// <summary>A state with links, a CA and hooks, in virtual time; processes come and go.</summary>
internal sealed class HookScene
{
    public HookScene() => (Records, Ca) = (new TestStore(Time), new TestCa(Time));

    public FakeTimeProvider Time { get; } = new(new DateTimeOffset(2026, 11, 23, 12, 0, 0, TimeSpan.Zero));

    public TestStore Records { get; }

    public TestCa Ca { get; }

    public TestSettings Settings { get; } = new();

    public LinkedStore Links => field ??= new LinkedStore(Records);

    public List<ICertificateHook> Hooks { get; } = [];

    public Action<IServiceCollection> Also { get; set; } = _ => { };

    public Task<Edge> StartAsync(params Wish[] wishes) => StartAsync(Links, null, wishes);

    public Task<Edge> StartAsync(IAcmeStore store, Func<HttpMessageHandler>? transport, params Wish[] wishes) => Edge.StartAsync(Time, Ca, Settings, store, wishes, transport, also: services =>
    {
        foreach (var hook in Hooks) services.AddSingleton(hook);
        Also(services);
    });

    /// <summary>Tells all that is due now, and what that makes due.</summary>
    public static async Task DeliverAsync(Edge edge)
    {
        var courier = edge.Get<Courier>();
        do
        {
            await courier.BeginDueAsync(CancellationToken.None);
            await courier.WaitAsync();
        }
        while (await courier.BeginDueAsync(CancellationToken.None) <= edge.Time.GetUtcNow());
        await courier.WaitAsync();
    }

    /// <summary>The same after this time; what comes together was gathered by then.</summary>
    public async Task DeliverAsync(Edge edge, TimeSpan after)
    {
        Time.Advance(after);
        await DeliverAsync(edge);
    }
}
