namespace AcmeKestrel.Lifecycle.Proving;

/// <summary>What speaks against an order as far as DNS tells before it is made, name by name.</summary>
/// <param name="Faults">Their records could not be written.</param>
/// <param name="Refusals">Their CAA records forbid it.</param>
/// <param name="Unasked">Whose CAA records could not be looked up from here: that forbids nothing, since this machine may see less of DNS than a CA does.</param>
/// <param name="Missing">Their permanent records do not stand as they should; by domain, without <c>*.</c>.</param>
internal sealed record DnsCheck(
    IReadOnlyDictionary<string, string> Faults, IReadOnlyDictionary<string, string> Refusals, IReadOnlyDictionary<string, string> Unasked, IReadOnlyDictionary<string, string> Missing);
