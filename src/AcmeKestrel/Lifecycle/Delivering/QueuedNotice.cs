namespace AcmeKestrel.Lifecycle.Delivering;

/// <summary>What is owed to one hook, in its queue.</summary>
/// <param name="number">In the order in which they came.</param>
internal sealed class QueuedNotice(string label, OwedNotice notice, long number)
{
    /// <summary>As it became true; what did so at once by its label.</summary>
    public static readonly Comparer<QueuedNotice> ByTruth = Comparer<QueuedNotice>.Create(CompareTruth);

    /// <summary>As it is tried again.</summary>
    public static readonly Comparer<QueuedNotice> ByAttempt = Comparer<QueuedNotice>.Create((one, other) =>
        one.Trouble!.NextAttempt.CompareTo(other.Trouble!.NextAttempt) is not 0 and var attempt ? attempt : CompareTruth(one, other));

    /// <summary>What failed most often first; of these what is tried first.</summary>
    public static readonly Comparer<QueuedNotice> ByFailures = Comparer<QueuedNotice>.Create((one, other) =>
        other.Trouble!.Failures.CompareTo(one.Trouble!.Failures) is not 0 and var failures ? failures : ByAttempt.Compare(one, other));

    private readonly long _number = number;

    public string Label { get; } = label;

    public OwedNotice Notice { get; set; } = notice;

    /// <summary>Null: it was not tried yet, by this process.</summary>
    public HookTrouble? Trouble { get; set; }

    public bool IsChange => Notice.Event is AcmeHookEvent.LiveUpdated;

    private static int CompareTruth(QueuedNotice one, QueuedNotice other)
    {
        var order = Nullable.Compare(one.Notice.TrueSince, other.Notice.TrueSince);
        if (order == 0) order = string.CompareOrdinal(one.Label, other.Label);
        return order != 0 ? order : one._number.CompareTo(other._number);
    }
}
