using AcmeKestrel.InteropTests.Edge;

namespace AcmeKestrel.InteropTests.Pebble;

/// <summary>Where Pebble and its DNS server lie.</summary>
internal sealed record PebblePrograms(string Pebble, string DnsServer)
{
    /// <summary>Since 2.5 the DNS server also speaks DNS over HTTPS, on a fixed port unless told otherwise; before, it does not know the flag.</summary>
    public required bool KnowsDnsOverHttps { get; init; }

    public static PebblePrograms Find(PebbleVersion version)
    {
        var pebble = version == PebbleVersion.Installed ? RealThing.Require("pebble", "pebble") : FindNewest();
        return new PebblePrograms(pebble, Path.Combine(Path.GetDirectoryName(pebble)!, "pebble-challtestsrv")) { KnowsDnsOverHttps = version == PebbleVersion.Newest };
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
