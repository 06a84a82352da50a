using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;

namespace AcmeKestrel.Dns.Http;

/// <summary>What an API said, whatever it was.</summary>
/// <param name="Body">Undefined where there is no JSON.</param>
/// <param name="Wait">How long it asks to be left alone.</param>
/// <param name="Text">The beginning of it where it is no JSON and no page.</param>
internal sealed record ApiAnswer(int Status, JsonElement Body, TimeSpan? Wait, string Text)
{
    private const int LongestWords = 300;

    private static readonly TimeSpan FirstPause = TimeSpan.FromSeconds(0.5);

    /// <summary>There were too many requests, which not every service says by the status.</summary>
    public bool IsTooMany { get; init; } = Status == 429;

    public bool IsGood => Status is >= 200 and < 300;

    /// <summary>How long it is left alone before it is asked again; null: it would say the same.</summary>
    /// <param name="tries">How often it was asked before.</param>
    public TimeSpan? PauseAfter(int tries) => Status switch
    {
        429 => Wait ?? FirstPause * (1 << Math.Min(tries, 10)),
        503 => Wait,
        _ => null,
    };

    /// <param name="now">By this machine's clock, where the answer does not say by whose its dates are.</param>
    public static ApiAnswer Of(HttpResponseMessage head, byte[] body, DateTimeOffset now)
    {
        var text = Encoding.UTF8.GetString(body.AsSpan(0, Math.Min(body.Length, LongestWords))).Trim();
        return new ApiAnswer((int)head.StatusCode, Read(body), WaitOf(head.Headers.RetryAfter, head.Headers.Date ?? now), text.StartsWith('<') ? "" : text);
    }

    /// <summary>Why it is not good.</summary>
    /// <param name="words">The service's own, or none.</param>
    public string Explain(string? words)
    {
        var reason = Status switch
        {
            _ when IsTooMany => $"there were too many requests ({Status}){Asked}",
            401 => "the credentials are not accepted (401)",
            403 => "the credentials may not do this (403)",
            >= 300 and < 400 => $"it redirects ({Status}), which is not followed",
            >= 500 => $"it has trouble ({Status}){Asked}",
            _ => $"it answers {Status}",
        };
        return string.IsNullOrWhiteSpace(words) ? reason : $"{reason}: {Plain(words)}";
    }

    private string Asked => Wait is { } wait ? $"; it asks to wait {Math.Ceiling(wait.TotalSeconds)} s" : "";

    private static JsonElement Read(byte[] body)
    {
        try
        {
            using var document = JsonDocument.Parse(body);
            return document.RootElement.Clone();
        }
        catch (JsonException)
        {
            return default;
        }
    }

    private static TimeSpan? WaitOf(RetryConditionHeaderValue? header, DateTimeOffset now)
    {
        var wait = header?.Delta ?? (header?.Date is { } date ? date - now : null);
        return wait > TimeSpan.Zero ? wait : null;
    }

    /// <summary>In one line, without what a terminal would obey.</summary>
    private static string Plain(string text)
    {
        var kept = text.Length > LongestWords ? text[..LongestWords] : text;
        return string.Concat(kept.Select(c => char.IsControl(c) || char.IsSurrogate(c) || c is '\u2028' or '\u2029' or (>= '\u202A' and <= '\u202E') or (>= '\u2066' and <= '\u2069') ? ' ' : c)).Trim();
    }
}
