namespace AcmeKestrel.Lifecycle.Proving;

/// <summary>What came of writing records.</summary>
/// <param name="Plans">Those that were written, or may have been.</param>
/// <param name="Faults">By name, in words; empty: all were written.</param>
internal sealed record DnsWritten(IReadOnlyList<DnsPlan> Plans, IReadOnlyDictionary<string, string> Faults);
