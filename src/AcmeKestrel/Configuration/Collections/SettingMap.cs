using System.Collections;
using System.Diagnostics.CodeAnalysis;

namespace AcmeKestrel.Configuration.Collections;

/// <summary>What the settings say by name; as <see cref="SettingList{T}"/> is, two that say the same are the same.</summary>
internal sealed class SettingMap<TValue>(IReadOnlyDictionary<string, TValue> values) : IReadOnlyDictionary<string, TValue>, IEquatable<SettingMap<TValue>>
{
    public SettingMap()
        : this(new Dictionary<string, TValue>())
    {
    }

    public int Count => values.Count;

    public IEnumerable<string> Keys => values.Keys;

    public IEnumerable<TValue> Values => values.Values;

    public TValue this[string key] => values[key];

    public bool ContainsKey(string key) => values.ContainsKey(key);

    public bool TryGetValue(string key, [MaybeNullWhen(false)] out TValue value) => values.TryGetValue(key, out value);

    public bool Equals(SettingMap<TValue>? other) =>
        other is not null && other.Count == Count && values.All(said => other.TryGetValue(said.Key, out var value) && EqualityComparer<TValue>.Default.Equals(said.Value, value));

    public override bool Equals(object? obj) => Equals(obj as SettingMap<TValue>);

    public override int GetHashCode() => Count;

    public IEnumerator<KeyValuePair<string, TValue>> GetEnumerator() => values.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
