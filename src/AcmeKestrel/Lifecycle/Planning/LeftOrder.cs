namespace AcmeKestrel.Lifecycle.Planning;

/// <summary>Why an order is left for another CA. It is remembered of its CA for a while: else that one would be the next to be asked.</summary>
internal abstract record LeftOrder
{
    /// <summary>A human is to do something there.</summary>
    public sealed record ForHuman(string What) : LeftOrder;

    /// <summary>It takes too long to issue.</summary>
    /// <param name="OrderedAt">When the order was decided.</param>
    public sealed record TooSlow(DateTimeOffset OrderedAt) : LeftOrder;
}
