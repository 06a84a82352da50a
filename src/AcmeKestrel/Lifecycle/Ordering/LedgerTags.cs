namespace AcmeKestrel.Lifecycle.Ordering;

/// <summary>What a reservation is for; the same before and after a kill.</summary>
internal static class LedgerTags
{
    public static string Certificate(PendingOrder order) => $"{order.Id}|certificate";

    public static string Failure(PendingOrder order, ChosenChallenge challenge) => $"{order.Id}|{challenge.Identifier}";

    public static string OrderId(string tag) => tag.Split('|')[0];
}
