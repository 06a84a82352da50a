using System.Text.Json.Serialization;
using AcmeKestrel.Lifecycle.Limits;

namespace AcmeKestrel.Lifecycle.Delivering;

/// <summary>How a hook fails, kept so that a restart does not begin the ladder anew.</summary>
internal sealed record HookTrouble([property: JsonRequired] int Failures, [property: JsonRequired] DateTimeOffset FailedAt, [property: JsonRequired] DateTimeOffset NextAttempt, string? Problem = null)
{
    private static readonly TimeSpan[] Ladder = [TimeSpan.FromSeconds(10), TimeSpan.FromMinutes(1), TimeSpan.FromMinutes(5), TimeSpan.FromMinutes(15), TimeSpan.FromHours(1)];

    /// <summary>It failed once more.</summary>
    public static HookTrouble After(HookTrouble? before, string problem, DateTimeOffset now)
    {
        var failures = (before?.Failures ?? 0) + 1;
        return new HookTrouble(failures, now, now + Ladder[Math.Min(failures, Ladder.Length) - 1], problem);
    }

    /// <summary>One that failed while the clock was ahead waits no longer.</summary>
    public HookTrouble At(DateTimeOffset now) => AnotherClock.Noted(FailedAt, now) || NextAttempt - now > Ladder[^1] ? this with { NextAttempt = now } : this;
}
