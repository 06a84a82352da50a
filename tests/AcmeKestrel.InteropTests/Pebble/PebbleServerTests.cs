using AcmeKestrel.InteropTests.Edge;

namespace AcmeKestrel.InteropTests.Pebble;

public sealed class PebbleServerTests
{
    [Theory]
    [InlineData(PebbleVersion.Installed)]
    [InlineData(PebbleVersion.Newest)]
    public async Task Both_Pebbles_start_and_tell_their_root(PebbleVersion version)
    {
        await using var pebble = await PebbleServer.StartAsync(version, FreePort.Next(), FreePort.Next(), cancellationToken: TestContext.Current.CancellationToken);

        using var root = await pebble.RootAsync(TestContext.Current.CancellationToken);

        Assert.Equal(root.Subject, root.Issuer);
        Assert.Equal(0, pebble.Orders());
    }
}
