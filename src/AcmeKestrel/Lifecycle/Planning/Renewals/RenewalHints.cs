using AcmeKestrel.Certificates;
using AcmeKestrel.Lifecycle.Limits;
using AcmeKestrel.Protocol;

namespace AcmeKestrel.Lifecycle.Planning.Renewals;

/// <summary>When a CA is asked about a certificate's renewal, and what an answer means (RFC 9773 sections 4.2 and 4.3). Pure.</summary>
internal static class RenewalHints
{
    /// <summary>The longest time between two looks, and how often a CA without renewal info is looked at.</summary>
    public static readonly TimeSpan Longest = TimeSpan.FromDays(1);

    private static readonly TimeSpan Shortest = TimeSpan.FromMinutes(1);

    /// <summary>Where the CA does not say, or cannot be asked for long.</summary>
    private static readonly TimeSpan Usual = TimeSpan.FromHours(6);

    /// <summary>After a fault that may pass; then the usual time.</summary>
    private static readonly TimeSpan[] Ladder = [TimeSpan.FromMinutes(1), TimeSpan.FromMinutes(4), TimeSpan.FromMinutes(16), TimeSpan.FromMinutes(64)];

    private const double Spread = 0.1;

    /// <summary>What is known of this very certificate.</summary>
    public static RenewalHint? Of(CertificateFacts served, Schedule schedule) => schedule.Renewal is { } hint && hint.Generation == served.Generation ? hint : null;

    /// <summary>When the CA is asked next; null: never. The first look is right after the certificate came, the last one before it expires.</summary>
    public static DateTimeOffset? NextFetch(CertificateFacts served, Schedule schedule, DateTimeOffset now)
    {
        if (served.RenewalId is null) return null;

        var next = Of(served, schedule) is { } hint && Waits.Last(hint.NextFetch, Longest * (1 + Spread), now) ? hint.NextFetch : now;
        return next < served.NotAfter ? next : null;
    }

    /// <summary>The CA answered.</summary>
    public static RenewalHint After(CertificateFacts served, RenewalHint? known, AcmeRenewalInfo info, DateTimeOffset now)
    {
        var same = known?.Window is { } window && (window.Start, window.End) == (info.Start, info.End);
        var pick = same ? known!.Window!.Pick : Pick(served, info);
        return new RenewalHint(served.Generation, now + Clamp(info.RetryAfter ?? Usual)) { Window = new RenewalWindow(info.Start, info.End, pick, info.ExplanationUrl) };
    }

    /// <summary>The CA has no renewal info (any more).</summary>
    public static RenewalHint WithoutInfo(CertificateFacts served, DateTimeOffset now) => new(served.Generation, now + Longest);

    /// <summary>The CA could not be asked, or its answer is none: what it said last still counts.</summary>
    /// <param name="mayPass">A fault of the moment: sooner looks are worth it, a few times.</param>
    public static RenewalHint AfterFailure(CertificateFacts served, RenewalHint? known, bool mayPass, TimeSpan? retryAfter, DateTimeOffset now)
    {
        var failures = Math.Min((known?.Failures ?? 0) + 1, 1000);
        var pause = (mayPass && failures <= Ladder.Length ? Ladder[failures - 1] : Usual) * (1 + (Spread * Jitter.Fraction($"{served.Label}@{served.Generation}#{failures}")));
        if (retryAfter is { } asked && Clamp(asked) > pause) pause = Clamp(asked);
        return new RenewalHint(served.Generation, now + pause) { Window = known?.Window, Failures = failures };
    }

    /// <summary>Evenly spread over certificates; the same certificate keeps its place when its window moves, so that a window that moves often does not hurry it.</summary>
    private static DateTimeOffset Pick(CertificateFacts served, AcmeRenewalInfo info) =>
        info.Start + ((info.End - info.Start) * Jitter.Fraction($"{served.Label}@{served.Generation}#window"));

    private static TimeSpan Clamp(TimeSpan wait) => wait < Shortest ? Shortest : wait > Longest ? Longest : wait;
}
