namespace AcmeKestrel.Desired;

/// <summary>Which of two entries comes first: the higher source's; of one source's, wildcards, then those with a label, then by what they say; of those that one of <c>Acme:Wildcards</c> serves, those that wish its domain, too.</summary>
internal static class WishPrecedence
{
    public static IComparer<WishClaim> Comparer { get; } = Comparer<WishClaim>.Create((left, right) => Compare(left.Entry, right.Entry));

    private static int Compare(WishEntry left, WishEntry right)
    {
        var order = left.Source.Precedence.CompareTo(right.Source.Precedence);
        if (order == 0) order = string.CompareOrdinal(left.Source.Name, right.Source.Name);
        if (order == 0) order = right.HasWildcard.CompareTo(left.HasWildcard);
        if (order == 0) order = (left.Label is null).CompareTo(right.Label is null);
        if (order == 0) order = string.CompareOrdinal(left.Label ?? left.Names[0].Value, right.Label ?? right.Names[0].Value);
        if (order == 0) order = left.IsFolded.CompareTo(right.IsFolded);
        if (order == 0 && left.IsFolded) order = right.Names.Count.CompareTo(left.Names.Count);
        if (order == 0) order = string.CompareOrdinal(left.Origin, right.Origin);
        return order != 0 ? order : string.CompareOrdinal(string.Join(' ', left.Names), string.Join(' ', right.Names));
    }
}
