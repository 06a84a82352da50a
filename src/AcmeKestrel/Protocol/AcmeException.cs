namespace AcmeKestrel.Protocol;

/// <summary>An ACME request that failed. The message names the URL's host and path and what the CA said; it never holds a key or a signature.</summary>
public sealed class AcmeException : Exception
{
    private static readonly string[] OtherCauses = ["rejectedIdentifier", "unsupportedIdentifier", "invalidProfile", "badSignatureAlgorithm", "badPublicKey", "compound", "caa", "dns"];

    internal AcmeException(AcmeFault fault, string message, AcmeProblem? problem = null, int? statusCode = null, TimeSpan? retryAfter = null, Exception? inner = null)
        : base(message, inner) => (Fault, Problem, StatusCode, RetryAfter) = (fault, problem, statusCode, retryAfter);

    /// <summary>The kind of failure.</summary>
    public AcmeFault Fault { get; }

    /// <summary>The CA's problem document, where it sent one.</summary>
    public AcmeProblem? Problem { get; }

    /// <summary>The HTTP status, where there was an answer.</summary>
    public int? StatusCode { get; }

    /// <summary>The CA's <c>Retry-After</c> from now, where it sent one (RFC 9110 section 10.2.3, both forms); 0 or more, at most seven days.</summary>
    public TimeSpan? RetryAfter { get; }

    /// <summary>Where the terms to accept are, with a refusal that is about them (<c>Link: rel="terms-of-service"</c>, RFC 8555 section 7.3.3); a URL to show, never to fetch.</summary>
    public string? TermsOfService { get; internal init; }

    /// <summary>What the CA points to: with the refusal of a key change, the account that has the key already (RFC 8555 section 7.3.5). An https URL; null where there is none.</summary>
    public string? Location { get; internal init; }

    /// <summary>A fault of the CA's side: it counts against the provider, not against names.</summary>
    public bool IsProviderFault => Fault is AcmeFault.Connection or AcmeFault.Server or AcmeFault.RateLimited;

    /// <summary>
    /// A limit that is often one name's (its exact set, its domain): its end is that name's alone.
    /// Where it comes with a 503 the CA is busy, whatever it calls that (RFC 9110 section 15.6.4): it is everybody's.
    /// </summary>
    internal bool IsLimitOfOne => this is { Fault: AcmeFault.RateLimited, StatusCode: not 503 };

    /// <summary>
    /// Whether a refused newOrder is worth one more try without <c>replaces</c>: <c>alreadyReplaced</c>, and whatever else CAs refuse one with; some answer 500 (RFC 9773 section 5), but not one that says when to come back.
    /// A refusal that names the identifiers or the profile has another cause.
    /// </summary>
    internal bool MayBeForReplaces => (StatusCode is 500 && RetryAfter is null) || (Fault is AcmeFault.Rejected && !OtherCauses.Any(cause => Problem?.Is(cause) is true));

    /// <summary>Whether the CA may have processed the request although it failed: look before repeating.</summary>
    public bool MayHaveBeenProcessed => Fault is AcmeFault.Connection or AcmeFault.Server or AcmeFault.Protocol;
}
