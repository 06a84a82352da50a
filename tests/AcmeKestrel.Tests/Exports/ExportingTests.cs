using AcmeKestrel.Configuration;
using AcmeKestrel.Exports;
using AcmeKestrel.Lifecycle.Exporting;
using AcmeKestrel.Tests.Lifecycle;

namespace AcmeKestrel.Tests.Exports;

/// <summary>What is current of a label is in its files, whatever made it current.</summary>
public sealed class ExportingTests : IDisposable
{
    private const string Shop = "shop.test";

    private readonly ExportScene _scene = new();

    public ExportingTests() => _scene.Settings.Exports = [_scene.Export("{name_}.pem"), _scene.Export("{name_}.key", ExportContent.PrivKey, place: 1)];

    public void Dispose() => _scene.Dispose();

    [Fact]
    public async Task A_certificate_that_comes_is_brought_and_one_that_replaces_it_as_well()
    {
        await using var edge = await _scene.StartAsync(Shop);
        await edge.SettleAsync(Shop);

        await ExportScene.ExportAsync(edge);

        AssertIsCurrent(edge);
        Assert.Equal(["shop_test.key", "shop_test.pem"], _scene.Files);
        Assert.Equal((ExportScene.Private, ExportScene.Public), (File.GetUnixFileMode(_scene["shop_test.key"]), File.GetUnixFileMode(_scene["shop_test.pem"])));
        Assert.All(edge.Status(Shop).Exports, file => Assert.Null(file.Problem));
        Assert.Equal([("Acme:Exports:0", _scene["shop_test.pem"]), ("Acme:Exports:1", _scene["shop_test.key"])], edge.Status(Shop).Exports.Select(file => (file.Origin, file.Path)));

        var first = edge.Published.Current[Shop];
        await ExportScene.RenewAsync(edge, Shop);
        await ExportScene.ExportAsync(edge);

        Assert.NotEqual(first.Id, edge.Published.Current[Shop].Id);
        AssertIsCurrent(edge);
        Assert.Equal(["shop_test.key", "shop_test.pem"], _scene.Files);
    }

    private void AssertIsCurrent(Edge edge) => ExportScene.AssertIsPair(edge.Published.Current[Shop], _scene["shop_test.pem"], _scene["shop_test.key"]);
}
