namespace AcmeKestrel.Lifecycle.Limits;

/// <summary>What a reservation is for: an order, and what of it; the same before and after a kill.</summary>
internal static class LedgerTag
{
    public static string Certificate(string orderId) => $"{orderId}|certificate";

    public static string Failure(string orderId, string identifier) => $"{orderId}|{identifier}";

    public static string OrderOf(string tag) => tag.Split('|')[0];
}
