using System.Collections;

namespace AcmeKestrel.Certificates;

/// <summary>The names of a certificate: mostly one or two, of a hundred thousand certificates, so an array and no table.</summary>
internal sealed class SubjectNameSet(IEnumerable<string> names) : IReadOnlyCollection<string>, IEquatable<SubjectNameSet>
{
    private readonly string[] _names = [.. names];

    public int Count => _names.Length;

    /// <summary>To go through them without an enumerator.</summary>
    public ReadOnlySpan<string> AsSpan() => _names;

    public bool Contains(string name) => Array.IndexOf(_names, name) >= 0;

    public bool ContainsAll(SubjectNameSet others)
    {
        foreach (var name in others._names)
        {
            if (!Contains(name)) return false;
        }

        return true;
    }

    /// <summary>The same names, whatever their order.</summary>
    public bool SetEquals(IReadOnlyCollection<string> others) => others.Count == Count ? others.All(Contains) && _names.All(others.Contains) : _names.ToHashSet(StringComparer.Ordinal).SetEquals(others);

    public bool Equals(SubjectNameSet? other) => other is not null && _names.AsSpan().SequenceEqual(other._names);

    public override bool Equals(object? obj) => Equals(obj as SubjectNameSet);

    public override int GetHashCode() => _names.Length == 0 ? 0 : StringComparer.Ordinal.GetHashCode(_names[0]);

    public IEnumerator<string> GetEnumerator() => ((IEnumerable<string>)_names).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => _names.GetEnumerator();
}
