using AcmeKestrel.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace AcmeKestrel.Tests.Configuration;

/// <summary>A configuration in which every key is set, what else each could say, and whose plans that would change.</summary>
internal static class FullSettings
{
    /// <summary>Wished of the default provider, proven by DNS, and without a word of its own.</summary>
    public const string Plain = "www.plain.test";

    /// <summary>Wished with words of its own for all that can be said, of another provider, and not proven by DNS.</summary>
    public const string Own = "www.own.test";

    /// <summary>Stored, and not wished.</summary>
    public const string Left = "www.left.test";

    private const string Nobody = "", Everyone = $"{Left} {Own} {Plain}";

    public static IReadOnlyList<Row> Rows { get; } =
    [
        new("Acme:Enabled", "true", "false", Everyone),
        new("Acme:Email", "ops@example.com", "others@example.com", Plain),
        new("Acme:AcceptTermsOfService", "true", "false", Everyone),
        new("Acme:Provider", "mine", "second", Plain),
        new("Acme:FallbackProviders:0", "spare", "second", Plain),
        new("Acme:Providers:mine:Directory", "https://ca.example.com/directory", "https://ca.example.com/other", Plain),
        new("Acme:Providers:mine:TrustedRootsFile", "/etc/tls/roots.pem", "/etc/tls/others.pem", Plain),
        new("Acme:Providers:mine:Proxy", "http://us:one@proxy.example.com:3128", "http://us:two@proxy.example.com:3128", Plain),
        new("Acme:Providers:mine:EabKeyId", "kid-1", "kid-2", Plain),
        new("Acme:Providers:mine:EabHmacKey", "c2VjcmV0", "c2VjcmV1", Plain),
        new("Acme:Providers:mine:EabAlgorithm", "HS512", "HS384", Plain),
        new("Acme:Providers:mine:PreferredChain", "Root X1", "Root X2", Plain),
        new("Acme:Providers:mine:Profile", "shortlived", "classic", Plain),
        new("Acme:Providers:mine:RequireProfile", "false", "true", Plain),
        new("Acme:Providers:mine:Limits", "usual", "orders=10/3h", Plain),
        new("Acme:Providers:mine:Staging", "letsencrypt-staging", "google-staging", Plain),
        new("Acme:Providers:second:Directory", "https://second.example.com/directory", "https://second.example.com/other", Own),
        new("Acme:Providers:spare:Directory", "https://spare.example.com/directory", "https://spare.example.com/other", $"{Own} {Plain}"),
        new("Acme:Providers:nobodys:Directory", "https://third.example.com/directory", "https://third.example.com/other", Nobody),
        new("Acme:Providers:letsencrypt-staging:PreferredChain", "Root Y1", "Root Y2", Plain),
        new("Acme:Domains:0", Plain, $"{Plain} more.test", Plain),
        new("Acme:Certificates:www.own.test:Names:0", Own, $"{Own} more.test", Own),
        new("Acme:Certificates:www.own.test:Provider", "second", "mine", Own),
        new("Acme:Certificates:www.own.test:FallbackProviders:0", "spare", "mine", Own),
        new("Acme:Certificates:www.own.test:Email", "own@example.com", "others@example.com", Own),
        new("Acme:Certificates:www.own.test:KeyType", "P384", "Rsa3072", Own),
        new("Acme:Certificates:www.own.test:ReuseKey", "false", "true", Own),
        new("Acme:Certificates:www.own.test:Challenges:0", "http-01", "tls-alpn-01", Own),
        new("Acme:Certificates:www.own.test:Dns", "corp", "home", Own),
        new("Acme:Certificates:www.own.test:IncludeBareDomain", "true", "false", Own),
        new("Acme:Certificates:www.own.test:Profile", "shortlived", "classic", Own),
        new("Acme:Certificates:www.own.test:RequireProfile", "false", "true", Own),
        new("Acme:Certificates:www.own.test:PreferredChain", "Root X1", "Root X2", Own),
        new("Acme:IncludeBareDomain", "true", "false", Plain),
        new("Acme:Wildcards:0", "wild.test", "other.test", Nobody),
        new("Acme:KeyType", "P256", "P384", Plain),
        new("Acme:ReuseKey", "false", "true", Plain),
        new("Acme:Challenges:0", "dns-01", "dns-persist-01", Plain),
        new("Acme:StateDirectory", "/var/lib/acme", "/var/lib/other", Nobody),
        new("Acme:DefaultName", "plain.test", "own.test", Nobody),
        new("Acme:Http01:TrustForwardedHost", "true", "false", Nobody),
        new("Acme:Preflight", "true", "false", Nobody),
        new("Acme:KeyGroup", "ssl-cert", "other", Nobody),
        new("Acme:StartDelay", "00:00:30", "00:00:31", Nobody),
        new("Acme:Keep", "60.00:00:00", "61.00:00:00", Left),
        new("Acme:Telemetry:CertificateNames", "10", "11", Nobody),
        new("Acme:Serving:MaxLoaded", "5000", "5001", Nobody),
        new("Acme:Serving:HotNames", "600", "601", Nobody),
        new("Acme:UnknownHosts", "Reject", "Fallback", Nobody),
        new("Acme:Exports:0:Path", "/etc/tls/{name}.pfx", "/etc/tls/{name_}.pfx", Nobody),
        new("Acme:Exports:0:Certificate", Own, Plain, Nobody),
        new("Acme:Exports:0:Format", "pfx", "pfx", Nobody),
        new("Acme:Exports:0:PasswordFile", "/etc/tls/password", "/etc/tls/other", Nobody),
        new("Acme:Exports:0:Owner", "root", "other", Nobody),
        new("Acme:Exports:0:Group", "ssl-cert", "other", Nobody),
        new("Acme:Exports:0:Mode", "0640", "0600", Nobody),
        new("Acme:Exports:1:Path", "/etc/tls/{name}.pem", "/etc/tls/{name_}.pem", Nobody),
        new("Acme:Exports:1:Part", "privkey", "chain", Nobody),
        new("Acme:Store:Type", "Redis", "Directory", Nobody),
        new("Acme:Store:ProtectSecrets", "true", "false", Nobody),
        new("Acme:Store:Cache", "false", "true", Nobody),
        new("Acme:Store:LeaseDuration", "00:01:00", "00:02:00", Nobody),
        new("Acme:Store:Redis:Configuration", "127.0.0.1:6379", "127.0.0.1:6380", Nobody),
        new("Acme:Store:PostgreSql:ConnectionString", "Host=127.0.0.1", "Host=127.0.0.1", Nobody),
        new("Acme:Dns:Default", "corp", "home", Plain),
        new("Acme:Dns:Providers:corp:Type", "rfc2136", "rfc2136", Plain),
        new("Acme:Dns:Providers:corp:Server", "127.0.0.1", "127.0.0.2", Plain),
        new("Acme:Dns:Providers:corp:TsigName", "key", "other", Plain),
        new("Acme:Dns:Providers:corp:TsigSecret", "MDEyMw==", "MDEyNA==", Plain),
        new("Acme:Dns:Providers:home:Type", "manual", "manual", Plain),
        new("Acme:Dns:Zones:example.com", "corp", "home", Plain),
        new("Acme:Dns:Aliases:shop.example.com", "shop.proofs.example.net", "other.proofs.example.net", Plain),
        new("Acme:Dns:Resolvers:0", "127.0.0.1:5300", "127.0.0.1:5301", Plain),
        new("Acme:Dns:Propagation:Check", "true", "false", Plain),
        new("Acme:Dns:Propagation:Timeout", "00:10:00", "00:11:00", Plain),
        new("Acme:Dns:Propagation:Delay", "00:00:30", "00:00:31", Plain),
        new("Acme:Renewal:Ari", "true", "false", Everyone),
        new("Acme:Renewal:Fraction", "0.6", "0.7", Everyone),
        new("Acme:Renewal:ShortFraction", "0.4", "0.3", Everyone),
        new("Acme:Hooks:Directory", "/etc/acme/hooks", "/etc/acme/other", Nobody),
        new("Acme:Hooks:Programs:reload:Command", "/usr/local/bin/reload", "/usr/local/bin/other", Nobody),
        new("Acme:Hooks:Programs:reload:Args:0", "-v", "-q", Nobody),
        new("Acme:Hooks:Programs:reload:Events:0", "failed", "issued", Nobody),
        new("Acme:Hooks:Programs:reload:Json", "true", "false", Nobody),
        new("Acme:Hooks:Programs:reload:Protocol", "Plain", "Acme", Nobody),
        new("Acme:Hooks:Webhooks:chat:Url", "https://hooks.example.com/", "https://hooks.example.com/other", Nobody),
        new("Acme:Hooks:Webhooks:chat:Secret", "0123456789abcdef", "0123456789abcdeg", Nobody),
        new("Acme:Hooks:Webhooks:chat:Events:0", "expiring", "failed", Nobody),
        new("Acme:Hooks:Webhooks:team:Url", "https://team.example.com/", "https://team.example.com/other", Nobody),
        new("Acme:Hooks:Webhooks:team:SecretFile", "/run/secrets/team", "/run/secrets/other", Nobody),
        new("Acme:OnDemand:Enabled", "true", "false", Nobody),
        new("Acme:OnDemand:Ask", "http://127.0.0.1:5000/ask?key=1", "http://127.0.0.1:5000/ask?key=2", Nobody),
        new("Acme:OnDemand:Wait", "00:00:05", "00:00:06", Nobody),
        new("Acme:OnDemand:Asks", "60/1m", "61/1m", Nobody),
        new("Acme:OnDemand:NewNames", "10/1h", "11/1h", Nobody),
    ];

    public static IEnumerable<(string Key, string? Value)> Values => Rows.Select(row => (row.Key, (string?)row.Value));

    /// <summary>With another value of one key.</summary>
    public static IEnumerable<(string Key, string? Value)> With(Row changed) => Rows.Select(row => (row.Key, (string?)(row == changed ? row.Other : row.Value)));

    /// <summary>With all packages.</summary>
    public static TestConfiguration Read() => new(Values, services => services.AddAcme().AddDns().AddRedis().AddPostgreSql());

    /// <param name="Other">Another value; the same where no other one goes with the rest.</param>
    /// <param name="Wakes">Labels whose plan may be another one then, in their order.</param>
    public sealed record Row(string Key, string Value, string Other, string Wakes)
    {
        /// <summary>It is what <see cref="KnownKeys.All"/> calls so.</summary>
        public bool Is(string known)
        {
            var (mine, its) = (Key.Split(':'), known.Replace("[]", ":[]", StringComparison.Ordinal).Split(':'));
            return mine.Length == its.Length && mine.Zip(its).All(pair => pair.Second is "*" or "[]" || pair.First == pair.Second);
        }
    }
}
