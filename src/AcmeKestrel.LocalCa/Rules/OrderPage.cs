namespace AcmeKestrel.LocalCa.Rules;

/// <summary>A part of an account's order list (RFC 8555 section 7.1.2.1), and whether more follows.</summary>
internal sealed record OrderPage(IReadOnlyList<Order> Orders, bool More)
{
    /// <param name="number">From 0; a page beyond the last is empty.</param>
    public static OrderPage Cut(IReadOnlyList<Order> all, int number, int size) =>
        new([.. all.Skip((int)Math.Min((long)number * size, all.Count)).Take(size)], all.Count > ((long)number + 1) * size);
}
