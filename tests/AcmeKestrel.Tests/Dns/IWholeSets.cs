namespace AcmeKestrel.Tests.Dns;

/// <summary>What somebody else does between a look and a write.</summary>
internal interface IWholeSets
{
    List<(string Id, string Zone)> Zones { get; }

    /// <summary>In the zone's own words.</summary>
    Dictionary<string, List<string>> Sets { get; }

    Action? BeforeWrite { get; set; }
}
