namespace AcmeKestrel.Lifecycle.Delivering;

/// <summary>What one hook is to be told in one call.</summary>
/// <param name="What">What fails and succeeds by itself; null: what has changed, which does so as one.</param>
/// <param name="Failures">So often it failed.</param>
internal sealed record DueDelivery(NoticeName? What, IReadOnlyList<(string Label, OwedNotice Notice)> Notices, int Failures)
{
    /// <summary>Nothing moves while it is told.</summary>
    public bool IsChange => Notices[0].Notice.Event is AcmeHookEvent.LiveUpdated;
}
