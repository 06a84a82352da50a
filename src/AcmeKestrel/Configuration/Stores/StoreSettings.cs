namespace AcmeKestrel.Configuration.Stores;

/// <summary>Where the state is kept.</summary>
/// <param name="Type">One of <see cref="StoreTypes.Names"/>.</param>
/// <param name="Keys">That type's own.</param>
internal sealed record StoreSettings(string Type, IReadOnlyDictionary<string, string?> Keys, bool ProtectSecrets)
{
    public static StoreSettings Directory { get; } = new(StoreTypes.Directory, new Dictionary<string, string?>(), ProtectSecrets: false);

    public bool IsSameAs(StoreSettings other) => Keys.Count == other.Keys.Count && Keys.All(key => other.Keys.TryGetValue(key.Key, out var value) && value == key.Value) && other with { Keys = Keys } == this;
}
