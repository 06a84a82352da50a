namespace AcmeKestrel;

/// <summary>Certificates for names that nobody wished, when a visitor comes for them: <c>Acme:OnDemand</c>.</summary>
public sealed class AcmeOnDemandOptions
{
    /// <summary><c>false</c>: nobody gets a certificate so, and those that were given are not renewed. Default: <c>true</c> where somebody can be asked, by <see cref="Ask"/> or an <see cref="IOnDemandPermission"/>.</summary>
    public string? Enabled { get; set; }

    /// <summary>
    /// An address that says which names may have one: <c>GET &lt;Ask&gt;?domain=&lt;name&gt;</c>, answered with 200 for yes and anything else for no (Caddy's <c>ask</c>). An https URL; http only to a loopback address.
    /// </summary>
    public string? Ask { get; set; }

    /// <summary>How long a handshake waits for its certificate, at most a minute; then it gets what unknown names get, and the order goes on. Default <c>00:00:15</c>.</summary>
    public string? Wait { get; set; }

    /// <summary>How many names are asked for, whoever comes for them; a quarter of it for one network. Default <c>600/1m</c>.</summary>
    public string? Asks { get; set; }

    /// <summary>How many names become certificates so in any span of this length, across restarts. Default <c>50/1h</c>.</summary>
    public string? NewNames { get; set; }
}
