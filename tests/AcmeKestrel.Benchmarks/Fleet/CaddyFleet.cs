using AcmeKestrel.InteropTests.Edge;

namespace AcmeKestrel.Benchmarks.Fleet;

/// <summary>Three Caddys with one folder, as their documentation has a fleet without a database.</summary>
internal sealed class CaddyFleet : IAsyncDisposable
{
    private const string First = "first.test";
    private const int Visits = 1000;
    private const int Renewed = 8;

    /// <summary>Its own setting, of how often it looks at its certificates; here shorter, or the spread of a renewal would take an hour to measure.</summary>
    public static readonly TimeSpan ShortInterval = TimeSpan.FromSeconds(5);

    public static readonly TimeSpan DefaultInterval = TimeSpan.FromMinutes(10);

    /// <summary>Of certificates that are renewed while somebody waits: in their last third, as it is the default.</summary>
    private static readonly TimeSpan ShortLife = TimeSpan.FromSeconds(30);

    private static readonly TimeSpan Rest = TimeSpan.FromSeconds(5);

    private readonly TemporaryFolder _folder = new();
    private readonly FleetCa _ca;
    private readonly IReadOnlyList<CaddyNode> _nodes;

    private CaddyFleet(FleetCa ca, IReadOnlyList<FleetPorts> ports, TimeSpan renewInterval) =>
        (_ca, _nodes) = (ca, [.. ports.Select(its => new CaddyNode(its, _folder.In("storage"), ca, renewInterval))]);

    private IReadOnlyList<int> Ports => [.. _nodes.Select(node => node.Ports.Https)];

    public static async Task<FleetFigures> MeasureAsync(IReadOnlyList<string> names)
    {
        FleetFigures figures;
        await using (var fleet = await StartAsync(TimeSpan.FromDays(90), DefaultInterval)) figures = await fleet.MeasureOrdersAsync(names);
        await using var renewing = await StartAsync(ShortLife, ShortInterval);
        return figures with { RenewalSpreads = await renewing.SpreadsAsync([.. names.Take(Renewed)], generations: 2, between: ShortInterval / 3) };
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var node in _nodes) await node.DisposeAsync();
        await _ca.DisposeAsync();
        _folder.Dispose();
    }

    /// <summary>One begins and makes the account: three that begin at once make three, and some of them sign with another's key.</summary>
    private static async Task<CaddyFleet> StartAsync(TimeSpan lifetime, TimeSpan renewInterval)
    {
        FleetPorts[] ports = [FleetPorts.Next(), FleetPorts.Next(), FleetPorts.Next()];
        var fleet = new CaddyFleet(await FleetCa.StartAsync(ports, lifetime), ports, renewInterval);
        try
        {
            foreach (var node in fleet._nodes) await node.WishAsync([First]);
            await BeginAsync(fleet._nodes[0]);
            await Task.WhenAll(fleet._nodes.Skip(1).Select(BeginAsync));
            return fleet;
        }
        catch
        {
            await fleet.DisposeAsync();
            throw;
        }

        async Task BeginAsync(CaddyNode node)
        {
            node.Start();
            await FleetVisitor.ServedAsync(node.Ports.Https, First);
        }
    }

    private async Task<FleetFigures> MeasureOrdersAsync(IReadOnlyList<string> names)
    {
        var meter = new RequestMeter(() => Task.FromResult(Counts.Of(_nodes.SelectMany(node => node.Calls()).CountBy(call => call).Select(count => KeyValuePair.Create(count.Key, (double)count.Value)))));
        await meter.RestAsync(Rest);
        IReadOnlyList<double> spreads = [];
        var issued = await meter.DuringAsync(async () =>
        {
            spreads = await SpreadsAsync(names, generations: 1, between: TimeSpan.Zero);
            await meter.SettleAsync();
        });
        var warm = await meter.DuringAsync(() => FleetVisitor.VisitAsync(Visits, Ports, names));

        var cold = _nodes[^1];
        await cold.StartAgainAsync();
        foreach (var name in names) await FleetVisitor.ServedAsync(cold.Ports.Https, name);
        await meter.SettleAsync();
        var afterStart = await meter.DuringAsync(() => FleetVisitor.VisitAsync(Visits, [cold.Ports.Https], names));
        return new FleetFigures("Caddy, a shared folder", meter.Idle, names.Count, issued, warm, afterStart, Visits, spreads, []);
    }

    /// <summary>Wishes the names of all machines, and follows each until it had so many generations everywhere; the spreads of the last of these.</summary>
    /// <param name="between">The machines: each looks at its certificates so often from then on.</param>
    private async Task<IReadOnlyList<double>> SpreadsAsync(IReadOnlyList<string> names, int generations, TimeSpan between)
    {
        var spread = new FolderSpread(_folder.In("storage"), Ports, generations);
        var measuring = spread.MeasureAsync(names);
        foreach (var node in _nodes)
        {
            await node.WishAsync([First, .. names]);
            await Task.Delay(between);
        }

        try
        {
            var spreads = await measuring;
            if (spread.Written != names.Count * generations) Console.WriteLine($"Caddy ordered {spread.Written} certificates for {names.Count} names, {generations} of each awaited.");
            return spreads;
        }
        catch (OperationCanceledException late)
        {
            throw new TimeoutException($"Caddy does not serve what was awaited:\n{string.Join("\n\n", _nodes.Select(node => node.Output))}", late);
        }
    }
}
