namespace AcmeKestrel.Certificates;

/// <summary>The validation methods this library answers, by their registered names (RFC 8555 section 9.7.8).</summary>
public static class ChallengeTypes
{
    /// <summary>RFC 8555 section 8.3.</summary>
    public const string Http01 = "http-01";

    /// <summary>RFC 8737.</summary>
    public const string TlsAlpn01 = "tls-alpn-01";

    /// <summary>All of them, in the order in which they are tried where nothing else is said.</summary>
    internal static IReadOnlyList<string> Answered { get; } = [TlsAlpn01, Http01];
}
