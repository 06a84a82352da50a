using System.Collections;
using System.Runtime.CompilerServices;

namespace AcmeKestrel.Configuration.Collections;

/// <summary>A list in the settings: two that say the same are the same, so that a reload that changes nothing of it changes nothing.</summary>
[CollectionBuilder(typeof(SettingList), nameof(SettingList.Of))]
internal sealed class SettingList<T>(T[] items) : IReadOnlyList<T>, IEquatable<SettingList<T>>
{
    public int Count => items.Length;

    public T this[int index] => items[index];

    public bool Equals(SettingList<T>? other) => other is not null && (ReferenceEquals(other, this) || items.SequenceEqual(other));

    public override bool Equals(object? obj) => Equals(obj as SettingList<T>);

    public override int GetHashCode() => items.Length;

    public IEnumerator<T> GetEnumerator() => ((IEnumerable<T>)items).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => items.GetEnumerator();
}

internal static class SettingList
{
    public static SettingList<T> Of<T>(ReadOnlySpan<T> items) => new([.. items]);
}
