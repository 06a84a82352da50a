using AcmeKestrel.Certificates;

namespace AcmeKestrel.Lifecycle.Planning;

/// <summary>How long what is stored of a label outlives its wish. Pure.</summary>
internal static class Retention
{
    /// <summary>When it goes; in the past where there is nothing to wait for.</summary>
    /// <param name="keep">How long an expired certificate is kept.</param>
    public static DateTimeOffset EndsAt(CertificateFacts? certificate, Schedule schedule, TimeSpan keep)
    {
        // What somebody put on hold is so when it is wished again, whenever that is.
        if (certificate is null && schedule.Hold is not null) return DateTimeOffset.MaxValue;

        // A route that comes and goes must find what its CA asked of it.
        var last = certificate?.NotAfter ?? Latest(schedule.NextAttempt, schedule.AskedWaits.Select(wait => (DateTimeOffset?)wait.Until).Max());
        return last is not { } end ? DateTimeOffset.MinValue : end < DateTimeOffset.MaxValue - keep ? end + keep : DateTimeOffset.MaxValue;
    }

    private static DateTimeOffset? Latest(DateTimeOffset? one, DateTimeOffset? other) => one > other || other is null ? one : other;
}
