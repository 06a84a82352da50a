using System.Text;
using AcmeKestrel.InteropTests.Edge;
using AcmeKestrel.InteropTests.LocalCa;
using AcmeKestrel.InteropTests.Redis;

namespace AcmeKestrel.InteropTests.Fleet;

/// <summary>"Keys at rest" of docs/fleet.md: two SampleWebs with one ring of keys and one Redis, of which somebody has a backup.</summary>
public sealed class KeysAtRestTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_one_encrypted_the_other_serves_and_a_backup_of_the_engine_has_no_key()
    {
        using var folder = new TemporaryFolder();
        await using var redis = await RedisServer.StartAsync(Stop, null, "--dir", folder.Path, "--rdbcompression", "no");
        await using var ca = await LocalCaApp.StartAsync();
        await using var first = new SampleEdge(ca.HttpPort, ca.TlsPort);
        await using var second = new SampleEdge();
        foreach (var edge in (SampleEdge[])[first, second])
        {
            edge.Using(ca, "shop.test");
            edge.Settings["Acme__Store__Type"] = "Redis";
            edge.Settings["Acme__Store__Redis__Configuration"] = redis.Configuration;
            edge.Settings["Acme__Store__ProtectSecrets"] = "true";
            edge.Settings["DataProtection__Keys"] = folder.In("keys");
        }

        first.Start();
        var ordered = await first.ServedAsync("shop.test", Stop);
        second.Start();
        Assert.Equal(ordered.Certificate.Thumbprint, (await second.FirstHandshakeAsync("shop.test", Stop)).Certificate.Thumbprint);

        await redis.AskAsync("SAVE");
        var backup = Encoding.Latin1.GetString(await File.ReadAllBytesAsync(folder.In("dump.rdb"), Stop));
        Assert.Contains("BEGIN CERTIFICATE", backup, StringComparison.Ordinal);
        Assert.DoesNotContain("PRIVATE KEY", backup, StringComparison.Ordinal);
        Assert.Equal(1, ca.Requests.Count(resource => resource == "new-order"));
    }
}
