using System.Text.Json.Serialization;

namespace AcmeKestrel.Lifecycle.Limits;

/// <summary>Where a ledger's record says what may have changed since.</summary>
/// <param name="Of">Which whole record it is, told apart from those before and after it: levels of another one say nothing about it.</param>
/// <param name="Count">So many levels there may be.</param>
internal sealed record LedgerLevels([property: JsonRequired] string Of, [property: JsonRequired] int Count);
