using System.Collections;
using System.Collections.Frozen;
using System.Runtime.CompilerServices;

namespace AcmeKestrel.Configuration.Collections;

/// <summary>Texts in the settings whose order says nothing; as <see cref="SettingList{T}"/> is, two that say the same are the same.</summary>
[CollectionBuilder(typeof(SettingSet), nameof(Of))]
internal sealed class SettingSet(FrozenSet<string> texts) : IReadOnlyCollection<string>, IEquatable<SettingSet>
{
    public int Count => texts.Count;

    public static SettingSet Of(ReadOnlySpan<string> texts) => new(FrozenSet.Create(StringComparer.Ordinal, texts));

    public bool Contains(string text) => texts.Contains(text);

    public bool Equals(SettingSet? other) => other is not null && texts.SetEquals(other);

    public override bool Equals(object? obj) => Equals(obj as SettingSet);

    public override int GetHashCode() => Count;

    public IEnumerator<string> GetEnumerator() => texts.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
