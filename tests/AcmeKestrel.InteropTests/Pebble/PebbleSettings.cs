using System.Collections.Immutable;
using System.Net;

namespace AcmeKestrel.InteropTests.Pebble;

/// <summary>How one Pebble behaves. Without more words: a quarter of all nonces rejected, three intermediates, one profile, every challenge validated for real.</summary>
internal sealed record PebbleSettings(PebbleVersion Version)
{
    /// <summary>How long certificates are valid where no profile says otherwise.</summary>
    public static readonly TimeSpan Validity = TimeSpan.FromDays(90);

    private static readonly ImmutableDictionary<string, TimeSpan> OneProfile = ImmutableDictionary<string, TimeSpan>.Empty.Add("default", Validity);

    /// <summary>Where http-01 is validated.</summary>
    public int HttpPort { get; init; }

    /// <summary>Where tls-alpn-01 is validated.</summary>
    public int TlsPort { get; init; }

    /// <summary>The AAAA record of every name, which Pebble asks before the A record 127.0.0.1; empty = none.</summary>
    public string IPv6 { get; init; } = "";

    /// <summary>Who it asks of names, in the place of a server of its own that answers everything.</summary>
    public IPEndPoint? Resolver { get; init; }

    /// <summary>Who it is in CAA records, as its directory says; it looks at none itself. Of the newest only.</summary>
    public IReadOnlyList<string> CaaIdentities { get; init; } = [];

    /// <summary>Believes every client that answers a challenge, without a look: for tests of what comes before and after.</summary>
    public bool AlwaysValid { get; init; }

    /// <summary>Nonces rejected, in percent. At 25 no call ever meets its limit of resends.</summary>
    public int NonceReject { get; init; } = 25;

    /// <summary>Roots beside the first.</summary>
    public int AlternateRoots { get; init; }

    /// <summary>Orders on one page of an account's list.</summary>
    public int OrdersPerPage { get; init; } = 3;

    /// <summary>MAC keys in base64url by key id. Where there is one, registrations need one.</summary>
    public ImmutableDictionary<string, string> ExternalAccounts { get; init; } = ImmutableDictionary<string, string>.Empty;

    /// <summary>The validity of each. Of several, an order that names none gets a random one.</summary>
    public ImmutableDictionary<string, TimeSpan> Profiles { get; init; } = OneProfile;

    /// <summary>What Pebble reads from its environment.</summary>
    public IReadOnlyDictionary<string, string> Environment
    {
        get
        {
            var variables = new Dictionary<string, string>
            {
                ["PEBBLE_WFE_NONCEREJECT"] = $"{NonceReject}",
                ["PEBBLE_WFE_ORDERS_PER_PAGE"] = $"{OrdersPerPage}",
                ["PEBBLE_VA_NOSLEEP"] = "1",
                ["PEBBLE_CHAIN_LENGTH"] = "3",
                ["PEBBLE_ALTERNATE_ROOTS"] = $"{AlternateRoots}",
                ["PEBBLE_AUTHZREUSE"] = "0",
            };
            if (AlwaysValid) variables["PEBBLE_VA_ALWAYS_VALID"] = "1";
            return variables;
        }
    }
}
