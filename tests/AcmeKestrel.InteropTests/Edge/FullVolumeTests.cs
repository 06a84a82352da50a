using AcmeKestrel.InteropTests.LocalCa;

namespace AcmeKestrel.InteropTests.Edge;

/// <summary>A state on a volume that is full, or read-only: the real process says so, serves on, and goes on by itself when that is over. Where nothing may be mounted, unit tests show it with file systems that refuse.</summary>
public sealed class FullVolumeTests
{
    private const string Name = "shop.test";

    /// <summary>A renewal is due in half of it.</summary>
    private static readonly TimeSpan Lifetime = TimeSpan.FromSeconds(30);

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task On_a_full_disk_it_says_so_and_serves_on_and_renews_by_itself_when_there_is_room()
    {
        await using var volume = await SmallVolume.TryMountAsync(Stop);
        if (IsMissing(volume)) return;
        await using var ca = await LocalCaApp.StartAsync(Lifetime);
        await using var edge = On(volume, ca);
        edge.Start();
        await edge.ServedAsync(Name, Stop);
        await edge.Process.LineAsync(IsServed, Stop);

        volume.Fill();
        var (old, issued) = (await edge.FirstHandshakeAsync(Name, Stop), ca.Orders.Issued.Count);
        await AssertToldAsync(edge, "No space left on device");
        Assert.Equal(old.Certificate.SerialNumber, (await edge.FirstHandshakeAsync(Name, Stop)).Certificate.SerialNumber);
        await AssertSaysAsync(edge, "No space left on device");
        Assert.Equal(issued, ca.Orders.Issued.Count);

        volume.Empty();
        await RenewedAsync(edge, old);

        // On a busy machine it is renewed once more by now; what was bought is there.
        var bought = ca.Orders.Issued.Skip(issued).ToList();
        var certificates = Path.Combine(edge.Settings["Acme__StateDirectory"], "certs");
        await Patience.UntilAsync(_ => Task.FromResult(SeenOrders.Missing(bought, Directory.GetDirectories(certificates)).Count == 0 ? "" : null), () => $"{bought.Count} were issued. Output:\n{edge.Process.Output}", Stop);
        Assert.Equal(0, await edge.Process.StopAsync(Stop));
        Assert.Empty(Directory.EnumerateFileSystemEntries(Path.Combine(edge.Settings["Acme__StateDirectory"], "tmp")));
        foreach (var certificate in StoredCertificates.Read(edge.Settings["Acme__StateDirectory"])) certificate.Dispose();
    }

    [Fact]
    public async Task On_a_read_only_volume_it_says_so_and_serves_what_is_stored_and_renews_by_itself_when_it_can_be_written()
    {
        await using var volume = await SmallVolume.TryMountAsync(Stop);
        if (IsMissing(volume)) return;
        await using var ca = await LocalCaApp.StartAsync(Lifetime);
        await using var edge = On(volume, ca);
        edge.Start();
        await edge.ServedAsync(Name, Stop);
        await edge.Process.LineAsync(IsServed, Stop);
        Assert.Equal(0, await edge.Process.StopAsync(Stop));
        var issued = ca.Orders.Issued.Count;

        await volume.RemountAsync(isReadOnly: true, Stop);
        edge.Start();
        var old = await edge.FirstHandshakeAsync(Name, Stop);
        Assert.Contains(old.Certificate.SerialNumber, StoredCertificates.Read(edge.Settings["Acme__StateDirectory"]).Select(stored => stored.SerialNumber));
        await AssertToldAsync(edge, "Read-only file system");
        await AssertSaysAsync(edge, Name);
        Assert.Equal(issued, ca.Orders.Issued.Count);

        await volume.RemountAsync(isReadOnly: false, Stop);
        await RenewedAsync(edge, old);
        Assert.Equal(0, await edge.Process.StopAsync(Stop));
    }

    /// <summary>To the console, when the name is due.</summary>
    private static Task AssertToldAsync(SampleEdge edge, string reason) =>
        edge.Process.LineAsync(line => line.StartsWith($"{Name}: ", StringComparison.Ordinal) && line.Contains(reason, StringComparison.Ordinal) && line.Contains("Acme:StateDirectory", StringComparison.Ordinal), Stop);

    /// <summary>To whoever asks.</summary>
    private static async Task AssertSaysAsync(SampleEdge edge, string words)
    {
        foreach (var verb in new[] { "explain", "status" })
        {
            var said = await CommandTests.AcmeAsync(edge, verb, Name);
            Assert.True(said.Output.Contains(words, StringComparison.Ordinal), $"{verb}: {said}\n{edge.Process.Output}");
        }
    }

    private static Task<ServedChain> RenewedAsync(SampleEdge edge, ServedChain old) => Patience.UntilAsync(
        async token => await edge.FirstHandshakeAsync(Name, token) is var served && served.Certificate.SerialNumber != old.Certificate.SerialNumber && !served.IsSelfSigned ? served : null,
        () => $"It was never renewed. Output:\n{edge.Process.Output}",
        Stop);

    private static bool IsServed(string line) => line.StartsWith($"{Name}: served", StringComparison.Ordinal);

    private static SampleEdge On(SmallVolume volume, LocalCaApp ca)
    {
        var edge = new SampleEdge(ca.HttpPort, ca.TlsPort).Using(ca, Name);
        edge.Settings["Acme__StateDirectory"] = Path.Combine(volume.Path, "state");
        return edge;
    }

    private static bool IsMissing([System.Diagnostics.CodeAnalysis.NotNullWhen(false)] SmallVolume? volume)
    {
        if (volume is null) TestContext.Current.AddWarning("Nothing may be mounted here, so nothing is shown; run it as root.");
        return volume is null;
    }
}
