using System.Text.Json;
using AcmeKestrel.Protocol.Messages;

namespace AcmeKestrel.Protocol.Answers;

/// <summary>Reads renewal info (RFC 9773 section 4.2). A window that ends before it begins is no answer.</summary>
internal static class RenewalInfoReader
{
    public static AcmeRenewalInfo Read(AcmeResponse response) => JsonAnswer.Read(response, "renewal info", json => Window(json, response))
        ?? throw new AcmeException(AcmeFault.Protocol, $"{AcmeUrl.Show(response.Url)} answered without a window to renew in.", statusCode: response.Status, retryAfter: response.RetryAfter);

    private static AcmeRenewalInfo? Window(JsonElement json, AcmeResponse response) =>
        json.Object("suggestedWindow") is { } window && window.Time("start") is { } start && window.Time("end") is { } end && start < end
            ? new AcmeRenewalInfo(start, end) { ExplanationUrl = json.Words("explanationURL"), RetryAfter = response.RetryAfter }
            : null;
}
