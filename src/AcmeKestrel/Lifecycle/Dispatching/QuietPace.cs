namespace AcmeKestrel.Lifecycle.Dispatching;

/// <summary>How many labels are looked at where nothing is expected of them: the first ones at once, the others at this pace, so that a hundred thousand neither take the processor from handshakes nor read the disk for minutes on end.</summary>
internal static class QuietPace
{
    private const int AtOnce = 1000;
    private const int PerSecond = 200;

    /// <summary>Together: waking somebody takes longer than a look.</summary>
    private const int Group = 10;

    /// <param name="before">How many have their turn before it.</param>
    public static DateTimeOffset DueOf(int before, DateTimeOffset now) => now + TimeSpan.FromSeconds(Math.Max(0, before - AtOnce) / Group * Group / (double)PerSecond);
}
