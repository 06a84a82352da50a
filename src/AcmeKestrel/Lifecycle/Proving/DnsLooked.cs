namespace AcmeKestrel.Lifecycle.Proving;

/// <summary>What came of a look for records.</summary>
/// <param name="Missing">Where they are not to be seen, by name; empty: they are everywhere.</param>
/// <param name="Shown">The names among these whose record is shown by one server at least, while all others tell nothing: a CA may well find it.</param>
internal sealed record DnsLooked(IReadOnlyDictionary<string, string> Missing, IReadOnlyCollection<string> Shown);
