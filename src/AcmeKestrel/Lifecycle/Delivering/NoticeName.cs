namespace AcmeKestrel.Lifecycle.Delivering;

/// <summary>What tells the notices of one hook apart.</summary>
internal readonly record struct NoticeName(string Label, AcmeHookEvent Event, string? Generation, DateTimeOffset Since)
{
    public static NoticeName Of(string label, OwedNotice notice) => new(label, notice.Event, notice.Generation, notice.Since);
}
