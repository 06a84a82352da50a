namespace AcmeKestrel.Dns.Http;

/// <summary>Which zones a name may be in, where a service tells its zones by name only.</summary>
internal static class ZoneNames
{
    /// <summary>The longest first, for that one answers for the name; none of one label.</summary>
    public static IEnumerable<string> Of(string name)
    {
        for (var zone = name; zone.Contains('.', StringComparison.Ordinal); zone = zone[(zone.IndexOf('.', StringComparison.Ordinal) + 1)..]) yield return zone;
    }

    /// <summary>Of a name in the zone, as services write it.</summary>
    public static string Below(string name, string zone) => name == zone ? "@" : name[..^(zone.Length + 1)];
}
