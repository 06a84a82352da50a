namespace AcmeKestrel.LocalCa;

/// <summary>What is refused with 429 <c>rateLimited</c> (RFC 8555 section 6.6). Each limit is off while null, its default. A renewal counts as any other order.</summary>
public sealed class LocalCaRateLimits
{
    /// <summary>New accounts, all together.</summary>
    public LocalCaRateLimit? NewAccounts { get; set; }

    /// <summary>New orders of one account. An order that is returned again (<see cref="LocalCaServerOptions.OrderReuse"/>) does not count.</summary>
    public LocalCaRateLimit? NewOrders { get; set; }

    /// <summary>Certificates with names of one registered domain: its last two labels, such as <c>shop.test</c>. Counted when issued; an order is refused while the bucket is empty.</summary>
    public LocalCaRateLimit? CertificatesPerDomain { get; set; }

    /// <summary>Certificates for exactly the same names, of whatever account. Counted when issued; an order is refused while the bucket is empty.</summary>
    public LocalCaRateLimit? CertificatesPerSet { get; set; }

    /// <summary>Failed validations of one identifier by one account. An order that needs a new authorization for it is refused while the bucket is empty.</summary>
    public LocalCaRateLimit? FailedValidations { get; set; }

    /// <summary>How the refusal says when to come back. Default: in seconds.</summary>
    public LocalCaRetryAfter RetryAfter { get; set; }
}
