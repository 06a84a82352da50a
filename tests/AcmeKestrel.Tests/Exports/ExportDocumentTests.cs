using System.Text;
using AcmeKestrel.Certificates;
using AcmeKestrel.Configuration;
using AcmeKestrel.Exports;
using AcmeKestrel.Tests.Configuration;
using Microsoft.Extensions.Configuration;

namespace AcmeKestrel.Tests.Exports;

/// <summary>The examples of docs/configuration.md do what stands there: just their JSON is read, and written below a folder of this test's.</summary>
public sealed class ExportDocumentTests : IDisposable
{
    private readonly Serving.TestCa _ca = new();
    private readonly ExportScene _scene = new();

    public void Dispose() => _scene.Dispose();

    [Fact]
    public void Every_example_has_its_test() => Assert.Equal(4, Samples().Count());

    [Fact]
    public void The_classic_places_have_certificate_and_key()
    {
        var exports = Sample("/etc/ssl/private/{name_}.key");

        Assert.Equal([("/etc/ssl/certs/example_com.pem", ExportContent.FullChain, ExportScene.Public), ("/etc/ssl/private/example_com.key", ExportContent.PrivKey, ExportScene.Private)], Files(exports, "example.com"));
        var generation = Bring(exports, "example.com");
        ExportScene.AssertIsPair(generation, _scene["etc/ssl/certs/example_com.pem"], _scene["etc/ssl/private/example_com.key"]);
    }

    [Fact]
    public void HAProxy_gets_chain_and_key_of_every_certificate_in_one_file()
    {
        var exports = Sample("/etc/haproxy/certs/{name}.pem");

        foreach (var label in new[] { "example.com", "shop.example.com" })
        {
            Assert.Equal([($"/etc/haproxy/certs/{label}.pem", ExportContent.Combined, ExportScene.Private)], Files(exports, label));
            var generation = Bring(exports, label);
            Assert.Equal(ExportBytes.Of(generation, ExportContent.Combined, null), File.ReadAllBytes(_scene[$"etc/haproxy/certs/{label}.pem"]));
        }
    }

    [Fact]
    public void PostgreSQL_gets_a_key_that_its_group_may_read()
    {
        var exports = Sample("/etc/ssl/private/db.key");

        Assert.Equal([("/etc/ssl/certs/db.pem", ExportContent.FullChain, ExportScene.Public), ("/etc/ssl/private/db.key", ExportContent.PrivKey, ExportScene.OfGroup)], Files(exports, "db.example.com"));
        Assert.Equal([(null, null), (null, "ssl-cert")], exports.Select(export => (export.Owner, export.Group)));
        Assert.Empty(Files(exports, "other.example.com"));
        ExportScene.AssertIsPair(Bring(exports, "db.example.com"), _scene["etc/ssl/certs/db.pem"], _scene["etc/ssl/private/db.key"]);
        Assert.Equal(ExportScene.OfGroup, File.GetUnixFileMode(_scene["etc/ssl/private/db.key"]));
    }

    [Fact]
    public void Windows_and_Java_get_a_pfx_with_a_password()
    {
        var exports = Sample("/opt/app/tls/app.pfx");

        Assert.Equal([("/opt/app/tls/app.pfx", ExportContent.Pfx, ExportScene.Private)], Files(exports, "app.example.com"));
        Assert.Equal(("app", "/opt/app/tls/password"), (exports[0].Owner, exports[0].PasswordFile));
        Directory.CreateDirectory(_scene["opt/app/tls"]);
        File.WriteAllText(_scene["opt/app/tls/password"], "secret\n");
        var generation = Bring(exports, "app.example.com");
        Assert.True(Pfx.Holds(File.ReadAllBytes(_scene["opt/app/tls/app.pfx"]), generation, "secret"));
        Assert.False(Pfx.Holds(File.ReadAllBytes(_scene["opt/app/tls/app.pfx"]), generation, null));
    }

    /// <summary>Below this test's folder, and as whoever runs the test: root and ssl-cert are not everywhere.</summary>
    private Generation Bring(IReadOnlyList<ExportSetting> exports, string label)
    {
        var generation = _ca.Issue(label);
        var here = exports.Select(export => export with { Path = _scene.Folder + export.Path, Owner = null, Group = null, PasswordFile = export.PasswordFile is { } file ? _scene.Folder + file : null }).ToList();
        foreach (var file in ExportPlan.Of(here, label))
        {
            Directory.CreateDirectory(Path.GetDirectoryName(file.Path)!);
            var result = ExportWriter.For("/nowhere").Bring(file, generation);
            Assert.Equal((ExportState.Written, null), (result.State, result.Problem));
        }

        return generation;
    }

    private static IEnumerable<(string Path, ExportContent Content, UnixFileMode Mode)> Files(IReadOnlyList<ExportSetting> exports, string label) =>
        ExportPlan.Of(exports, label).Select(file => (file.Path, file.Setting.Content, file.Setting.Mode));

    private static IEnumerable<string> Samples() => ConfigurationPage.Samples(new ConfigurationPage().Text).Where(sample => sample.Contains("\"Exports\"", StringComparison.Ordinal));

    private static IReadOnlyList<ExportSetting> Sample(string path)
    {
        using var text = new MemoryStream(Encoding.UTF8.GetBytes(Samples().Single(sample => sample.Contains($"\"{path}\"", StringComparison.Ordinal))));
        return TestConfiguration.Read([.. new ConfigurationBuilder().AddJsonStream(text).Build().AsEnumerable().Select(value => (value.Key, value.Value))]).Exports;
    }
}
