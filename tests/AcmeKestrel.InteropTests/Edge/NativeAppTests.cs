using AcmeKestrel.InteropTests.Pebble;

namespace AcmeKestrel.InteropTests.Edge;

/// <summary>The minimal application (tests/AotApp) as one native executable.</summary>
public sealed class NativeAppTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_native_executable_gets_and_serves_a_certificate()
    {
        var program = Environment.GetEnvironmentVariable("ACMEKESTREL_AOT_APP") ?? Path.Combine(Checkout.Root, "artifacts", "ci", "aot", "AotApp");
        Assert.SkipUnless(File.Exists(program), $"{program} is missing: dotnet publish tests/AotApp -o artifacts/ci/aot (needs clang and zlib1g-dev)");
        await using var edge = new SampleEdge();
        await using var ca = await PebbleServer.StartAsync(PebbleVersion.Newest, edge.HttpPort, edge.HttpsPort, nonceReject: 0, Stop);
        edge.Using(ca, "shop.test").StartProgram(program);

        var served = await edge.ServedAsync("shop.test", Stop);

        using var root = await ca.RootAsync(Stop);
        Assert.Equal(5, served.PathLengthTo(root));
        Assert.Equal(0, await edge.Process.StopAsync(Stop));
    }
}
