using System.Text.Json;
using AcmeKestrel.Protocol.Messages;

namespace AcmeKestrel.Protocol.Answers;

/// <summary>Reads an order (RFC 8555 section 7.1.3).</summary>
internal static class OrderReader
{
    /// <summary>Ten times what the public CAs take; each is a request, and a CA could list thousands to keep its clients busy.</summary>
    internal const int MaxAuthorizations = 1000;

    /// <summary>Identifiers of kinds this library never orders are left out: whether the order is the one asked for is the caller's comparison.</summary>
    public static AcmeOrder Read(AcmeResponse response, string url) => JsonAnswer.Read(response, "order", json =>
        new AcmeOrder(
            url,
            json.Status(),
            [.. json.Items("identifiers").Select(item => item.Identifier()).OfType<Certificates.AcmeIdentifier>()],
            Authorizations(json, url),
            json.Url("finalize"))
        {
            Expires = json.Time("expires"),
            Certificate = json.OptionalUrl("certificate"),
            Error = json.Object("error") is { } error ? ProblemReader.Read(error) : null,
            Profile = json.Words("profile"),
            Replaces = json.Words("replaces"),
            RetryAfter = response.RetryAfter,
        });

    private static List<string> Authorizations(JsonElement json, string url)
    {
        var listed = json.Texts("authorizations").Distinct(StringComparer.Ordinal).ToList();
        return listed.Count <= MaxAuthorizations
            ? [.. listed.Select(authorization => AcmeUrl.Require(authorization, "authorization"))]
            : throw new AcmeException(AcmeFault.Protocol, $"{AcmeUrl.Show(url)} lists {listed.Count} authorizations, more than {MaxAuthorizations}.");
    }
}
