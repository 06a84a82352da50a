namespace AcmeKestrel.Dns.Apis;

/// <summary>Keys that several APIs have.</summary>
internal static class ApiKeys
{
    private static readonly Uri Nowhere = new("https://localhost/");

    /// <summary>That it is missing is told.</summary>
    public static Uri ReadUrl(AcmeComponentConfiguration configuration, string key)
    {
        if (configuration.FindUrl(key) is { } url) return url;
        if (configuration.Find(key) is null) configuration.Refuse(key, "is missing.");
        return Nowhere;
    }

    /// <summary>The service's own address, unless a relay or a test stands in for it.</summary>
    public static Uri FindEndpoint(AcmeComponentConfiguration configuration, string usual) => configuration.FindUrl("Endpoint") ?? new Uri(usual);

    public static int ReadTtl(AcmeComponentConfiguration configuration, int usual, int least) => configuration.Count("Ttl", usual, least, 86_400);
}
