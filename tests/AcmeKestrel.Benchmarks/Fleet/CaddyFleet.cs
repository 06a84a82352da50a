using AcmeKestrel.InteropTests.Edge;

namespace AcmeKestrel.Benchmarks.Fleet;

/// <summary>Three Caddys with one folder, as their documentation has a fleet without a database.</summary>
internal sealed class CaddyFleet : IAsyncDisposable
{
    private const int Visits = 1000;
    private const int Renewed = 10;

    /// <summary>Its own setting, of which it looks at certificates and storage; here shorter, or a renewal's spread would take an hour to measure.</summary>
    public static readonly TimeSpan ShortInterval = TimeSpan.FromSeconds(5);

    public static readonly TimeSpan DefaultInterval = TimeSpan.FromMinutes(10);

    /// <summary>Of certificates that are renewed while somebody waits: in their last third, as it is the default.</summary>
    private static readonly TimeSpan ShortLife = TimeSpan.FromSeconds(30);

    private static readonly TimeSpan Rest = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Settling = TimeSpan.FromSeconds(3);

    private readonly TemporaryFolder _folder = new();
    private readonly FleetCa _ca;
    private readonly IReadOnlyList<CaddyNode> _nodes;

    private CaddyFleet(FleetCa ca, IReadOnlyList<FleetPorts> ports, IReadOnlyList<string> names, TimeSpan renewInterval) =>
        (_ca, _nodes) = (ca, [.. ports.Select(its => new CaddyNode(its, _folder.In("storage"), ca, names, renewInterval))]);

    private IReadOnlyList<int> Ports => [.. _nodes.Select(node => node.Ports.Https)];

    public static async Task<FleetFigures> MeasureAsync(IReadOnlyList<string> names)
    {
        await using var fleet = await MakeAsync(names, TimeSpan.FromDays(90), DefaultInterval);
        await using var renewing = await MakeAsync([.. names.Take(Renewed)], ShortLife, ShortInterval);
        var figures = await fleet.MeasureOrdersAsync(names);
        return figures with { Spreads = await renewing.SpreadsAsync([.. names.Take(Renewed)], generations: 2, between: ShortInterval / 3) };
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var node in _nodes) await node.DisposeAsync();
        await _ca.DisposeAsync();
        _folder.Dispose();
    }

    private static async Task<CaddyFleet> MakeAsync(IReadOnlyList<string> names, TimeSpan lifetime, TimeSpan renewInterval)
    {
        FleetPorts[] ports = [FleetPorts.Next(), FleetPorts.Next(), FleetPorts.Next()];
        return new CaddyFleet(await FleetCa.StartAsync(ports, lifetime), ports, names, renewInterval);
    }

    /// <summary>What its start does to the files is among what the certificates cost: it has no other moment.</summary>
    private async Task<FleetFigures> MeasureOrdersAsync(IReadOnlyList<string> names)
    {
        var meter = new RequestMeter(() => Task.FromResult(Counts.Of(_nodes.SelectMany(node => node.Calls()).CountBy(call => call).Select(count => KeyValuePair.Create(count.Key, (double)count.Value)))));
        IReadOnlyList<double> spreads = [];
        var issued = await meter.DuringAsync(async () =>
        {
            spreads = await SpreadsAsync(names, generations: 1, between: TimeSpan.Zero);
            await Task.Delay(Settling);
        });
        await meter.RestAsync(Rest);
        var warm = await meter.DuringAsync(() => FleetVisitor.VisitAsync(Visits, Ports, names));

        await _nodes[0].StartAgainAsync();
        foreach (var name in names) await FleetVisitor.ServedAsync(_nodes[0].Ports.Https, name);
        await Task.Delay(Settling);
        var cold = await meter.DuringAsync(() => FleetVisitor.VisitAsync(Visits, [_nodes[0].Ports.Https], names));
        return new FleetFigures("Caddy, a shared folder", meter.Idle, names.Count, issued, warm, cold, Visits, []) { FirstSpreads = spreads };
    }

    /// <summary>Starts all of them, and follows each name until it had so many generations everywhere; the spreads of the last of these.</summary>
    private async Task<IReadOnlyList<double>> SpreadsAsync(IReadOnlyList<string> names, int generations, TimeSpan between)
    {
        foreach (var node in _nodes)
        {
            node.Start();
            await Task.Delay(between);
        }

        return await new FolderSpread(_folder.In("storage"), Ports, generations).MeasureAsync(names);
    }
}
