using System.Net;
using AcmeKestrel.Configuration.Collections;

namespace AcmeKestrel.Configuration.Zones;

/// <summary><c>Acme:Dns</c>, parsed and checked. Immutable.</summary>
internal sealed record DnsSettings
{
    private static readonly TimeSpan UsualTimeout = TimeSpan.FromMinutes(5);

    /// <summary>A person has to hear of it first.</summary>
    private static readonly TimeSpan TimeoutByHand = TimeSpan.FromHours(1);

    /// <summary>Nobody writes records.</summary>
    public static DnsSettings None { get; } = new();

    /// <summary>A key of <see cref="Providers"/>.</summary>
    public string? Default { get; init; }

    public SettingMap<DnsProviderSetting> Providers { get; init; } = new();

    /// <summary>The longest first.</summary>
    public SettingList<(string Zone, string Provider)> Zones { get; init; } = [];

    /// <summary>Names of records by the name, without <c>*.</c>, that they are to prove.</summary>
    public SettingMap<string> Aliases { get; init; } = new();

    /// <summary>Empty: the system's.</summary>
    public SettingList<IPEndPoint> Resolvers { get; init; } = [];

    public bool ChecksPropagation { get; init; } = true;

    /// <summary>Null: nothing is said.</summary>
    public TimeSpan? Timeout { get; init; }

    public TimeSpan Delay { get; init; }

    /// <summary>How long records are waited for.</summary>
    /// <param name="isByHand">A person sets some of them.</param>
    public TimeSpan PatienceWith(bool isByHand) => Timeout ?? (isByHand ? TimeoutByHand : UsualTimeout);

    /// <summary>Who writes records at or below this name; null: nobody.</summary>
    /// <param name="name">In A-labels, without <c>*.</c>.</param>
    /// <param name="named">The certificate's own.</param>
    public string? ProviderOf(string name, string? named) => named ?? Zones.FirstOrDefault(zone => name == zone.Zone || name.EndsWith($".{zone.Zone}", StringComparison.Ordinal)).Provider ?? Default;

    /// <summary>Wishes come to the same by both.</summary>
    public bool NamesProvidersAs(DnsSettings other) => Default == other.Default && Zones.Equals(other.Zones) && Providers.Keys.ToHashSet(StringComparer.OrdinalIgnoreCase).SetEquals(other.Providers.Keys);
}

/// <summary>One of <c>Acme:Dns:Providers</c>; without a type it is one that the application's code adds.</summary>
internal sealed record DnsProviderSetting(string Name, string? Type, SettingMap<string?> Values);
