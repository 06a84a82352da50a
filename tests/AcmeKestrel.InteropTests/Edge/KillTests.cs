using System.Security.Cryptography.X509Certificates;
using AcmeKestrel.InteropTests.LocalCa;

namespace AcmeKestrel.InteropTests.Edge;

/// <summary><c>kill -9</c> at any instant of a run that issues, renews, prunes and exports: what other programs read is whole after each, and nothing is lost.</summary>
public sealed class KillTests
{
    /// <summary>From the start of a process to its first orders and their end.</summary>
    private static readonly TimeSpan LongestLife = TimeSpan.FromMilliseconds(1500);

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task After_any_kill_every_certificate_is_whole_and_the_next_process_goes_on()
    {
        await using var ca = await LocalCaApp.StartAsync(lifetime: TimeSpan.FromSeconds(40));
        await using var edge = new SampleEdge(ca.HttpPort, ca.TlsPort).Using(ca, "shop.test", "blog.test www.blog.test");
        using var exports = new TemporaryFolder();
        edge.Settings["Acme__Exports__0__Format"] = "combined";
        edge.Settings["Acme__Exports__0__Path"] = exports.In("{name}.pem");

        // Counted, and never used up: a thousand starts order thousands of certificates.
        edge.Settings["Acme__Providers__pebble__Limits"] = "orders=100000/3h, failed=100000/1h, set=100000/7d, domain=100000/7d";
        var random = new Random(20261128);
        var survivors = new Survivors(edge);

        for (var kill = 0; kill < CrashStarts.Count; kill++)
        {
            if (kill % 5 == 0) Wish(edge, $"customer{kill}.test");
            var process = edge.Start();

            // An instant that nobody chose: it may be before the first write.
            await Task.Delay(TimeSpan.FromMilliseconds(random.Next((int)LongestLife.TotalMilliseconds)), Stop);
            await process.KillAsync(Stop);

            AssertWhole(edge.StateDirectory);
            AssertExported(exports.Path);
            survivors.AssertNothingIsLost();
        }

        var last = edge.Start();
        foreach (var label in Wished(edge).Concat(["shop.test", "blog.test"])) await edge.ServedAsync(label, Stop);

        // What the CA has signed comes, unless the process is stopped before.
        var signed = ca.Orders.Issued;
        await Patience.UntilAsync(
            _ =>
            {
                survivors.NoteGenerations();
                return Task.FromResult(SeenOrders.Missing(signed, survivors.Generations).Count == 0 ? "" : null);
            },
            () => $"Signed, and not there: {string.Join(' ', SeenOrders.Missing(signed, survivors.Generations))}\n{last.Output}",
            Stop);
        await last.StopAsync(Stop);

        AssertWhole(edge.StateDirectory);
        survivors.AssertNothingIsLost();
        Assert.Single(survivors.Accounts);
        Assert.Empty(Directory.EnumerateFileSystemEntries(edge.InState("tmp")));
        Assert.All(Directory.EnumerateFiles(exports.Path), path => Assert.EndsWith(".test.pem", path, StringComparison.Ordinal));

        // One order for each intent: none is made while another one for the same names is open.
        Assert.Empty(ca.Orders.Doubles);
        Assert.Equal(1, ca.Registrations);
    }

    private static void Wish(SampleEdge edge, string name)
    {
        Directory.CreateDirectory(edge.InState("desired"));
        File.WriteAllText(edge.InState("desired", name), "");
    }

    private static IEnumerable<string> Wished(SampleEdge edge) => Directory.EnumerateFiles(edge.InState("desired")).Select(path => Path.GetFileName(path));

    /// <summary>Every generation, and what each link shows.</summary>
    private static void AssertWhole(string state)
    {
        foreach (var certificate in StoredCertificates.Read(state)) certificate.Dispose();
        if (!Directory.Exists(Path.Combine(state, "certs"))) return;

        foreach (var label in StoredCertificates.Labels(state))
        {
            using var shown = X509Certificate2.CreateFromPemFile(Path.Combine(state, "certs", label, "fullchain"), Path.Combine(state, "certs", label, "privkey"));
            Assert.True(shown.MatchesHostname(label), label);
        }
    }

    /// <summary>A file beside may be left by the kill; one in its place is whole.</summary>
    private static void AssertExported(string folder)
    {
        foreach (var path in Directory.EnumerateFiles(folder, "*.test.pem"))
        {
            using var exported = X509Certificate2.CreateFromPemFile(path);
            Assert.True(exported.HasPrivateKey, path);
        }
    }
}
