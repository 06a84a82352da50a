namespace AcmeKestrel.Certificates;

/// <summary>What is wished of a label, before and after; null: nothing. The two are never the same.</summary>
internal readonly record struct WishChange(string Label, Wish? Before, Wish? After)
{
    /// <summary>The same is wished: an entry that goes from a list moves those behind it.</summary>
    public bool IsOnlySaidElsewhere => Before is not null && After is not null && Before.SaidAt(After).IsSameAs(After);
}
