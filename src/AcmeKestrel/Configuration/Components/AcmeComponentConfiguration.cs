using AcmeKestrel.Configuration;

namespace AcmeKestrel;

/// <summary>
/// The keys of what a package adds, for who makes it: of a DNS provider, <c>Acme:Dns:Providers:&lt;name&gt;:*</c>, or of a store, <c>Acme:Store:&lt;type&gt;:*</c>. What is missing or wrong is collected and told at start,
/// together with all else; a key that nobody asked for is told as unknown.
/// </summary>
public sealed class AcmeComponentConfiguration
{
    private readonly Dictionary<string, string?> _values;
    private readonly HashSet<string> _known = new(StringComparer.OrdinalIgnoreCase);
    private readonly List<(string Key, string Problem)> _problems = [];

    internal AcmeComponentConfiguration(string name, IReadOnlyDictionary<string, string?> values) =>
        (Name, _values) = (name, new Dictionary<string, string?>(values, StringComparer.OrdinalIgnoreCase));

    /// <summary>The provider's name in the configuration, or the store's type.</summary>
    public string Name { get; }

    /// <summary>What was found wrong, in words without the key.</summary>
    internal IReadOnlyList<(string Key, string Problem)> Problems => _problems;

    /// <summary>Of a provider whose maker has read all its keys: those that it does not know.</summary>
    internal IEnumerable<string> UnknownKeys => _values.Keys.Where(key => !_known.Contains(key));

    /// <summary>Those that its maker asked for.</summary>
    internal IEnumerable<string> KnownKeys => _known;

    /// <summary>The value, without white space at its ends; null where nothing is said.</summary>
    public string? Find(string key)
    {
        _known.Add(key);
        return ValueReader.Text(_values.GetValueOrDefault(key));
    }

    /// <summary>As <see cref="Find"/>; that nothing is said is told, and the empty text returned.</summary>
    public string Read(string key)
    {
        if (Find(key) is { } value) return value;

        Refuse(key, "is missing.");
        return "";
    }

    /// <summary>From <paramref name="key"/>, or from the file that <c>&lt;key&gt;File</c> names; null where neither says anything.</summary>
    public AcmeSecret? FindSecret(string key)
    {
        var (value, file) = (Find(key), Find($"{key}File"));
        if (value is not null && file is not null) Refuse(key, $"and {key}File are both set: one is enough.");
        return value is not null ? AcmeSecret.Of(value) : file is not null ? AcmeSecret.InFile(file) : null;
    }

    /// <summary>As <see cref="FindSecret"/>; that there is none is told.</summary>
    public AcmeSecret ReadSecret(string key)
    {
        if (FindSecret(key) is { } secret) return secret;

        Refuse(key, $"is missing; {key}File may name a file that holds it.");
        return AcmeSecret.Of("");
    }

    /// <summary>One of these words, whatever their case; the first where nothing is said, or none of them.</summary>
    public string Choose(string key, params IReadOnlyList<string> words)
    {
        ArgumentOutOfRangeException.ThrowIfZero(words.Count);
        if (Find(key) is not { } said) return words[0];
        if (words.FirstOrDefault(word => word.Equals(said, StringComparison.OrdinalIgnoreCase)) is { } known) return known;

        Refuse(key, $"'{said}' is none of {string.Join(", ", words)}.");
        return words[0];
    }

    /// <summary>A whole number in these bounds; <paramref name="otherwise"/> where nothing is said.</summary>
    public int Count(string key, int otherwise, int least, int most)
    {
        if (Find(key) is not { } said) return otherwise;
        if (int.TryParse(said, System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture, out var value) && value >= least && value <= most) return value;

        Refuse(key, $"'{said}' is no whole number from {least} to {most}.");
        return otherwise;
    }

    /// <summary>An https URL; http is good for a loopback address alone. Null where nothing is said, or no such URL.</summary>
    public Uri? FindUrl(string key) => Find(key) is { } said ? SafeUrl.Read(said, problem => Refuse(key, problem), users: ": there are keys for them") : null;

    /// <summary>Says that a value cannot be used; the start ends with all that is wrong.</summary>
    /// <param name="key">The key, without what stands before it.</param>
    /// <param name="problem">The rest of a sentence that begins with the key; never a secret's text.</param>
    public void Refuse(string key, string problem)
    {
        _known.Add(key);
        _problems.Add((key, problem));
    }
}
