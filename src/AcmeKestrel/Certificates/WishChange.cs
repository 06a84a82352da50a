namespace AcmeKestrel.Certificates;

/// <summary>What is wished of a label, before and after; null: nothing. The two are never the same.</summary>
internal readonly record struct WishChange(string Label, Wish? Before, Wish? After);
