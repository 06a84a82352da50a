namespace AcmeKestrel.InteropTests.Pebble;

/// <summary>Which Pebble a test runs against.</summary>
public enum PebbleVersion
{
    /// <summary>The one that this machine's Debian installs (2.4 in bookworm).</summary>
    Installed,

    /// <summary>The newest that Debian packages, fetched by <c>.ci/fetch-pebble</c>.</summary>
    Newest,
}
