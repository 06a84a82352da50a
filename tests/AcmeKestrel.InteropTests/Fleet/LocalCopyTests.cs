using AcmeKestrel.InteropTests.Edge;
using AcmeKestrel.InteropTests.LocalCa;

namespace AcmeKestrel.InteropTests.Fleet;

/// <summary><c>Acme:Store:Cache</c>: an edge that starts while nothing of its engine is to be had.</summary>
public sealed class LocalCopyTests
{
    private static readonly string[] Names = [.. Enumerable.Range(0, 20).Select(number => $"n{number}.test")];

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("Redis", false)]
    [InlineData("PostgreSql", true)]
    public async Task It_serves_all_it_had_and_goes_on_when_the_engine_is_back(string type, bool isSilent)
    {
        await using var engine = await FleetEngine.StartAsync(type, Stop);
        await using var way = new TcpProxy(FreePort.Next(), engine.Port);
        await using var ca = await LocalCaApp.StartAsync();
        await using var edge = new SampleEdge(ca.HttpPort, ca.TlsPort);
        engine.Use(edge.Using(ca, Names), way.Port);
        edge.Settings["Acme__Store__Cache"] = "true";
        edge.Start();
        var served = await ThumbprintsAsync(edge);
        Assert.Equal(0, await edge.Process.StopAsync(Stop));

        // What it keeps of them is encrypted, though the engine's are not.
        var copied = Directory.EnumerateFiles(edge.InState("store-cache"), "*", SearchOption.AllDirectories).Select(File.ReadAllBytes).ToList();
        Assert.Equal(Names.Length, copied.Count(file => file.AsSpan().StartsWith("acme-protected-1\n"u8)));
        Assert.DoesNotContain(copied, file => file.AsSpan().IndexOf("PRIVATE KEY"u8) >= 0);

        (way.IsShut, way.IsSilent) = (!isSilent, isSilent);
        way.Cut();
        edge.Start();

        Assert.Equal(served, await ThumbprintsAsync(edge));
        await edge.Process.LineAsync(line => line.Contains("certificates are served from the copy on this machine", StringComparison.Ordinal), Stop);
        Assert.Equal(Names.Length, ca.Requests.Count(resource => resource == "new-order"));

        (way.IsShut, way.IsSilent) = (false, false);
        await edge.Process.LineAsync(line => line.Contains("has the right to order from now on", StringComparison.Ordinal), Stop);
        await File.WriteAllTextAsync(Path.Combine(Directory.CreateDirectory(edge.InState("desired")).FullName, "late.test"), "", Stop);
        await edge.ServedAsync("late.test", Stop);
        Assert.Equal(Names.Length + 1, ca.Requests.Count(resource => resource == "new-order"));
    }

    private static async Task<List<string>> ThumbprintsAsync(SampleEdge edge)
    {
        var thumbprints = new List<string>();
        foreach (var name in Names) thumbprints.Add((await edge.ServedAsync(name, Stop)).Certificate.Thumbprint);
        return thumbprints;
    }
}
