using AcmeKestrel.Management.Requests;

namespace AcmeKestrel.Benchmarks.Fleet;

/// <summary>Three SampleWebs on one engine.</summary>
internal sealed class SampleFleet : IAsyncDisposable
{
    private const string First = "first.test";
    private const int Visits = 1000;
    private const int Renewals = 21;

    private static readonly TimeSpan Rest = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Settling = TimeSpan.FromSeconds(2);

    private readonly MeasuredEngine _engine;
    private readonly FleetCa _ca;
    private readonly IReadOnlyList<SampleNode> _nodes;
    private readonly RequestMeter _meter;

    private SampleFleet(MeasuredEngine engine, FleetCa ca, IReadOnlyList<SampleNode> nodes) => (_engine, _ca, _nodes, _meter) = (engine, ca, nodes, new RequestMeter(engine.RequestsAsync));

    private IReadOnlyList<int> Ports => [.. _nodes.Select(node => node.Ports.Https)];

    public static async Task<SampleFleet> StartAsync(MeasuredEngine engine, string program)
    {
        FleetPorts[] ports = [FleetPorts.Next(), FleetPorts.Next(), FleetPorts.Next()];
        var ca = await FleetCa.StartAsync(ports, TimeSpan.FromDays(90));
        var fleet = new SampleFleet(engine, ca, [.. ports.Select(its => new SampleNode(program, its, engine.Settings, ca))]);
        try
        {
            foreach (var node in fleet._nodes)
            {
                await node.WishAsync([First]);
                node.Start();
            }

            await fleet.ServesAsync([First]);
            return fleet;
        }
        catch
        {
            await fleet.DisposeAsync();
            throw;
        }
    }

    public async Task<FleetFigures> MeasureAsync(IReadOnlyList<string> names)
    {
        await Task.Delay(Settling);
        await _meter.RestAsync(Rest);
        var issued = await _meter.DuringAsync(async () =>
        {
            foreach (var node in _nodes) await node.WishAsync([First, .. names]);
            await ServesAsync(names);
            await _meter.SettleAsync();
        });

        var followers = _nodes.Where(node => !node.Orders).ToList();
        var first = await Task.WhenAll(names.Select(name => Task.WhenAll(followers.Select(node => node.ServesNewAsync(name, new HashSet<string>())))));

        await FleetVisitor.VisitAsync(names.Count * Ports.Count, Ports, names);
        var warm = await _meter.DuringAsync(() => FleetVisitor.VisitAsync(Visits, Ports, names));

        // One that only follows: a start of the one that orders hands the right over, which is not a handshake's cost.
        var cold = followers[0];
        await cold.StartAgainAsync();
        await FleetVisitor.ServedAsync(cold.Ports.Https, First);
        await _meter.SettleAsync();
        var afterStart = await _meter.DuringAsync(() => FleetVisitor.VisitAsync(Visits, [cold.Ports.Https], names));

        var renewed = await RenewAsync(names, followers);
        var commits = await _engine.CommitsAsync();
        return new FleetFigures($"SampleWeb, {_engine.Name}", _meter.Idle, names.Count, issued, warm, afterStart, Visits, SpreadsOf(first, commits), SpreadsOf(renewed, commits));
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var node in _nodes) await node.DisposeAsync();
        await _ca.DisposeAsync();
    }

    private Task ServesAsync(IReadOnlyList<string> names) => Task.WhenAll(Ports.Select(async port =>
    {
        foreach (var name in names) await FleetVisitor.ServedAsync(port, name);
    }));

    /// <summary>Renews one after the other, by a request as <c>acme renew --force</c> makes it; of each when the machines that did not order it served it.</summary>
    private async Task<IReadOnlyList<ToldGeneration[]>> RenewAsync(IReadOnlyList<string> names, IReadOnlyList<SampleNode> followers)
    {
        var (book, told) = (new RequestBook(_engine.Open(), TimeProvider.System), new List<ToldGeneration[]>());
        for (var i = 0; i < Renewals; i++)
        {
            var label = names[i % names.Count];
            var known = _nodes.SelectMany(node => node.Known(label)).ToHashSet(StringComparer.Ordinal);
            var asked = book.AskAsync(book.Word(RequestVerb.Renew, label), CancellationToken.None);
            told.Add(await Task.WhenAll(followers.Select(node => node.ServesNewAsync(label, known))));
            await asked;

            // Their log is taken at its word only where a client sees the same.
            var seen = await Task.WhenAll(Ports.Select(port => FleetVisitor.SeeAsync(port, label)));
            if (seen.Distinct().ToList() is not [not null]) throw new InvalidOperationException($"{label}: not all serve the same certificate.");
        }

        return told;
    }

    /// <summary>Milliseconds from each commit until the last one served it.</summary>
    private static IReadOnlyList<double> SpreadsOf(IReadOnlyList<ToldGeneration[]> told, IReadOnlyDictionary<string, DateTime> commits) =>
        [.. told.Select(each => each.Max(one => (one.At - commits[$"{one.Label}@{one.Generation}"]).TotalMilliseconds))];
}
