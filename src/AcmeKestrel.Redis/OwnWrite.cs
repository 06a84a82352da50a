namespace AcmeKestrel.Redis;

/// <summary>A change that this process made and Redis acknowledged.</summary>
internal sealed class OwnWrite(FeedPosition position)
{
    private volatile bool _isLost;

    public FeedPosition Position { get; } = position;

    /// <summary>It is in the feed no more, though it should be.</summary>
    public bool IsLost
    {
        get => _isLost;
        set => _isLost = value;
    }
}
