namespace AcmeKestrel.Lifecycle.Delivering;

/// <summary>A change of what is shown that is owed before it is made, and may come to nothing.</summary>
/// <param name="InPlaceOf">What its hooks were owed and not told, whose place it has taken.</param>
internal sealed record OwedChange(OwedNotice Notice, IReadOnlyList<OwedNotice> InPlaceOf);
