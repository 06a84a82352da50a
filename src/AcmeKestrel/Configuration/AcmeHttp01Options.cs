namespace AcmeKestrel;

/// <summary>How http-01 probes are answered: <c>Acme:Http01</c>.</summary>
public sealed class AcmeHttp01Options
{
    /// <summary>
    /// <c>true</c>: a probe that comes through a proxy counts for the name in its <c>X-Forwarded-Host</c>, too. Only loopback and the proxies of the application's <c>ForwardedHeadersOptions</c> are believed.
    /// <c>false</c> (default): the name in <c>Host</c> counts alone.
    /// </summary>
    public string? TrustForwardedHost { get; set; }
}
