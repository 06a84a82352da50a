namespace AcmeKestrel.LocalCa;

/// <summary>How a <c>429</c> says when to come back (RFC 9110 section 10.2.3).</summary>
public enum LocalCaRetryAfter
{
    /// <summary><c>Retry-After</c> in whole seconds, rounded up.</summary>
    Seconds,

    /// <summary><c>Retry-After</c> as an HTTP date, rounded up to the second.</summary>
    Date,

    /// <summary>It does not say.</summary>
    Absent,
}
