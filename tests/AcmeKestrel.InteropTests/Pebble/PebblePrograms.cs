using AcmeKestrel.InteropTests.Edge;

namespace AcmeKestrel.InteropTests.Pebble;

/// <summary>Where Pebble and its DNS server lie.</summary>
internal sealed record PebblePrograms(string Pebble, string DnsServer)
{
    /// <summary>Where the DNS server listens. Since 2.5 it also speaks DNS over HTTPS, on a fixed port unless told otherwise; before, it has other flags and refuses these.</summary>
    public required Func<string, IReadOnlyList<string>> DnsFlags { get; init; }

    public static PebblePrograms Find(PebbleVersion version)
    {
        var pebble = version == PebbleVersion.Installed ? RealThing.Require("pebble", "pebble") : FindNewest();
        return new PebblePrograms(pebble, Path.Combine(Path.GetDirectoryName(pebble)!, "pebble-challtestsrv"))
        {
            DnsFlags = version == PebbleVersion.Newest ? address => ["-dnsserver", address, "-doh", ""] : address => ["-dns01", address],
        };
    }

    private static string FindNewest()
    {
        var path = Environment.GetEnvironmentVariable("ACMEKESTREL_PEBBLE_NEWEST") is { Length: > 0 } given
            ? given
            : Path.Combine(Checkout.Root, "artifacts", "pebble", "pebble");
        Assert.SkipUnless(File.Exists(path), $"{path} is missing: run .ci/fetch-pebble (Debian)");
        return path;
    }
}
