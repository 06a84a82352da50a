namespace AcmeKestrel.Desired;

/// <summary>A table doubles when it is full: after a hundred thousand entries have come at once, half of it may be room for as many that never come.</summary>
internal static class SpareRoom
{
    private const int Few = 1000;

    /// <summary>Leaves room for an eighth more.</summary>
    public static void Trim<TKey, TValue>(Dictionary<TKey, TValue> table)
        where TKey : notnull
    {
        var wanted = table.Count + (table.Count / 8);
        if (table.Capacity > Few && table.Capacity > wanted + (table.Count / 8)) table.TrimExcess(wanted);
    }
}
