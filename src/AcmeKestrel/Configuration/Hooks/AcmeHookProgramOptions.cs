namespace AcmeKestrel;

/// <summary>A program that is told of certificates: <c>Acme:Hooks:Programs:&lt;name&gt;</c>.</summary>
public sealed class AcmeHookProgramOptions
{
    /// <summary>The program's absolute path. No shell is asked.</summary>
    public string? Command { get; set; }

    /// <summary>Its arguments; the event's name follows them.</summary>
    public List<string>? Args { get; set; }

    /// <summary>What it is told of: <c>renewing</c>, <c>issued</c>, <c>live-updated</c>, <c>failed</c>, <c>expiring</c>, <c>revoked</c>. Default <c>live-updated</c>.</summary>
    public List<string>? Events { get; set; }

    /// <summary><c>false</c> (default): names, one a line, on its standard input. <c>true</c>: one JSON document.</summary>
    public string? Json { get; set; }

    /// <summary><c>Acme</c> (default): the event's name as its last argument. <c>Plain</c>: its own arguments alone. <c>Certbot</c>: the variables of a deploy hook of certbot, one call for each certificate.</summary>
    public string? Protocol { get; set; }
}
