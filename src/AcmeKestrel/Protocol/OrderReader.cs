namespace AcmeKestrel.Protocol;

/// <summary>Reads an order (RFC 8555 section 7.1.3).</summary>
internal static class OrderReader
{
    /// <summary>Identifiers of kinds this library never orders are left out: whether the order is the one asked for is the caller's comparison.</summary>
    public static AcmeOrder Read(AcmeResponse response, string url) => JsonAnswer.Read(response, "order", json =>
        new AcmeOrder(
            url,
            json.Status(),
            [.. json.Items("identifiers").Select(item => item.Identifier()).OfType<Certificates.AcmeIdentifier>()],
            [.. json.Texts("authorizations").Select(authorization => AcmeUrl.Require(authorization, "authorization"))],
            json.Url("finalize"))
        {
            Expires = json.Time("expires"),
            Certificate = json.OptionalUrl("certificate"),
            Error = json.Object("error") is { } error ? ProblemReader.Read(error) : null,
            Profile = json.Words("profile"),
            Replaces = json.Words("replaces"),
            RetryAfter = response.RetryAfter,
        });
}
