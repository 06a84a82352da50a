namespace AcmeKestrel.InteropTests.Pebble;

/// <summary>Pebble, and the DNS server that comes with it.</summary>
internal sealed record PebblePrograms(string Pebble, bool IsNewest)
{
    public string DnsServer => Path.Combine(Path.GetDirectoryName(Pebble)!, "pebble-challtestsrv");

    /// <summary>Where the DNS server listens. Since 2.5 it also speaks DNS over HTTPS, on a fixed port unless told otherwise; before, it has other flags and refuses these.</summary>
    public string[] DnsFlags(string address) => IsNewest ? ["-dnsserver", address, "-doh", ""] : ["-dns01", address];

    /// <summary>Where <c>.ci/fetch-pebble</c> put the newest one.</summary>
    public static PebblePrograms Newest(string repositoryRoot) => new(
        Environment.GetEnvironmentVariable("ACMEKESTREL_PEBBLE_NEWEST") is { Length: > 0 } given ? given : Path.Combine(repositoryRoot, "artifacts", "pebble", "unpacked", "usr", "bin", "pebble"),
        IsNewest: true);
}
