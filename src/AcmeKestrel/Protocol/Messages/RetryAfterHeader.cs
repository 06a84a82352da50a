using System.Globalization;
using System.Net.Http.Headers;

namespace AcmeKestrel.Protocol.Messages;

/// <summary><c>Retry-After</c> (RFC 9110 section 10.2.3): seconds or a date. A CA's number is advice, so it is clamped to a week: none of their limits counts for longer.</summary>
internal static class RetryAfterHeader
{
    private static readonly TimeSpan Max = TimeSpan.FromDays(7);

    /// <summary>Null where there is none, or none that makes sense; a date in the past is zero.</summary>
    /// <param name="now">By the clock that a date is of: the answer's <c>Date</c>, where it has one.</param>
    public static TimeSpan? Parse(string? value, DateTimeOffset now)
    {
        var text = value?.Trim() ?? "";
        if (text.Length == 0) return null;
        if (!text.AsSpan().ContainsAnyExceptInRange('0', '9'))
        {
            // More digits than an int holds are still a delay, only a long one.
            return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds) ? Clamp(TimeSpan.FromSeconds(seconds)) : Max;
        }

        return RetryConditionHeaderValue.TryParse(text, out var condition) && condition.Date is { } date ? Clamp(date - now) : null;
    }

    private static TimeSpan Clamp(TimeSpan delay) => delay < TimeSpan.Zero ? TimeSpan.Zero : delay > Max ? Max : delay;
}
