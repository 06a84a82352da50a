using AcmeKestrel.Configuration.Collections;

namespace AcmeKestrel.Configuration.Stores;

/// <summary>Where the state is kept.</summary>
/// <param name="Type">One of <see cref="StoreTypes.Names"/>.</param>
/// <param name="Keys">That type's own.</param>
internal sealed record StoreSettings(string Type, SettingMap<string?> Keys, bool ProtectSecrets)
{
    /// <summary>What <see cref="LeaseDuration"/> is where nothing is said.</summary>
    public static readonly TimeSpan UsualLease = TimeSpan.FromSeconds(30);

    /// <summary>How long the right to write outlives a machine that dies.</summary>
    public TimeSpan LeaseDuration { get; init; } = UsualLease;

    /// <summary>The newest certificates of an engine are also kept, encrypted, on this machine.</summary>
    public bool Cache { get; init; }

    public static StoreSettings Directory { get; } = new(StoreTypes.Directory, new(), ProtectSecrets: false);
}
