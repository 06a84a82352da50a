namespace AcmeKestrel;

/// <summary>A server that does not show a record yet.</summary>
/// <param name="Server">By name and address, for a message.</param>
/// <param name="Reason">What it said instead, such as "has 1 other value" or "does not answer".</param>
public sealed record DnsAbsence(string Server, string Reason);
