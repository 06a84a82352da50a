namespace AcmeKestrel;

/// <summary>Who writes records into DNS, for dns-01 (RFC 8555 section 8.4): <c>Acme:Dns</c>.</summary>
public sealed class AcmeDnsOptions
{
    /// <summary>The provider for names that no zone below and no certificate has another one for: a name of <see cref="Providers"/>, or of a provider that the application's code adds.</summary>
    public string? Default { get; set; }

    /// <summary>Providers by name: <c>Type</c> says which kind one is, and the other keys are that kind's own.</summary>
    public Dictionary<string, Dictionary<string, string?>>? Providers { get; set; }

    /// <summary>Providers by zone: for the zone's name and all below it; the longest zone counts.</summary>
    public Dictionary<string, string>? Zones { get; set; }

    /// <summary>
    /// Where the record of a name is written, by the name: <c>Aliases:shop.example.com</c> = <c>shop.acme.example.net</c>. Without one, CNAME records at <c>_acme-challenge.&lt;name&gt;</c> are followed; its own
    /// name (<c>_acme-challenge.shop.example.com</c>) says that they are not.
    /// </summary>
    public Dictionary<string, string>? Aliases { get; set; }

    /// <summary>Resolvers that are asked, as address or address:port. Default: the system's. Where some are named a record must be seen by them, too, before the CA is told.</summary>
    public List<string>? Resolvers { get; set; }

    /// <summary>Waiting until a record is to be seen.</summary>
    public AcmePropagationOptions? Propagation { get; set; }
}

/// <summary>When the CA is told that a record is there: <c>Acme:Dns:Propagation</c>.</summary>
public sealed class AcmePropagationOptions
{
    /// <summary><c>true</c> (default): the CA is told when all authoritative servers of the zone show the record. <c>false</c>: at once, for networks whose DNS looks otherwise from outside.</summary>
    public string? Check { get; set; }

    /// <summary>How long a record is waited for, as <c>hours:minutes:seconds</c>. Default <c>00:05:00</c>, an hour for records that a person sets; at most a day.</summary>
    public string? Timeout { get; set; }

    /// <summary>How long the CA is left untold after that. Default <c>00:00:00</c>, at most an hour.</summary>
    public string? Delay { get; set; }
}
