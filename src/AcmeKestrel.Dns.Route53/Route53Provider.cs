using System.Globalization;
using System.Xml.Linq;
using AcmeKestrel.Dns.Http;

namespace AcmeKestrel.Dns.Route53;

/// <summary>Amazon Route 53, by an identity that may list hosted zones, and list and change record sets.</summary>
internal sealed class Route53Provider(string? zoneId, int ttl, Route53Api api) : IDnsProvider
{
    private static readonly XNamespace Ns = Route53Api.Names;

    private readonly ZoneMemory _zones = new(api.Time);

    public static Route53Provider Create(AcmeComponentConfiguration configuration, ApiTransport transport)
    {
        var endpoint = configuration.FindUrl("Endpoint") ?? new Uri("https://route53.amazonaws.com");
        var (access, secret) = (configuration.Find("AccessKeyId"), configuration.FindSecret("SecretAccessKey"));
        if (access is not null && secret is null) configuration.Refuse("SecretAccessKey", "is missing beside AccessKeyId; SecretAccessKeyFile may name a file that holds it.");
        if (access is null && secret is not null) configuration.Refuse("AccessKeyId", "is missing beside SecretAccessKey.");
        return new Route53Provider(configuration.Find("ZoneId"), configuration.Count("Ttl", 60, 1, 86_400), new Route53Api(endpoint, access, secret, transport));
    }

    public Task AddAsync(DnsChallengeRecord record, CancellationToken cancellationToken) => ChangeAsync(record, isThere: true, cancellationToken);

    public Task RemoveAsync(DnsChallengeRecord record, CancellationToken cancellationToken) => ChangeAsync(record, isThere: false, cancellationToken);

    public async Task CheckAsync(DnsChallengeRecord record, CancellationToken cancellationToken) => await FindZoneAsync(record.Name, cancellationToken).ConfigureAwait(false);

    private async Task ChangeAsync(DnsChallengeRecord record, bool isThere, CancellationToken cancellationToken)
    {
        var zone = $"/hostedzone/{Uri.EscapeDataString(await FindZoneAsync(record.Name, cancellationToken).ConfigureAwait(false))}/rrset";
        await WholeSet.ChangeAsync(
            record.Name,
            $"\"{record.Value}\"",
            isThere,
            () => ReadAsync(record.Name, zone, cancellationToken),
            set => [.. set?.Descendants(Ns + "Value").Select(value => value.Value) ?? []],
            (set, values) => TryWriteAsync(record.Name, zone, set, values, cancellationToken)).ConfigureAwait(false);
    }

    /// <summary>It lists from a name on: the first set may be another name's.</summary>
    private async Task<XElement?> ReadAsync(string name, string zone, CancellationToken cancellationToken)
    {
        var body = await AskAsync($"read the records at {name}", $"{zone}?maxitems=1&name={Uri.EscapeDataString(name)}.&type=TXT", cancellationToken).ConfigureAwait(false);
        return body.Descendants(Ns + "ResourceRecordSet").FirstOrDefault(set => set.Element(Ns + "Name")?.Value == $"{name}." && set.Element(Ns + "Type")?.Value == "TXT");
    }

    private async Task<DnsProviderException?> TryWriteAsync(string name, string zone, XElement? set, IReadOnlyList<string> values, CancellationToken cancellationToken)
    {
        var changes = new XElement(Ns + "Changes");
        if (set is not null) changes.Add(Change("DELETE", set));
        if (values.Count > 0)
        {
            changes.Add(Change("CREATE", new XElement(
                Ns + "ResourceRecordSet",
                new XElement(Ns + "Name", $"{name}."),
                new XElement(Ns + "Type", "TXT"),
                new XElement(Ns + "TTL", set?.Element(Ns + "TTL")?.Value ?? ttl.ToString(CultureInfo.InvariantCulture)),
                new XElement(Ns + "ResourceRecords", values.Select(value => new XElement(Ns + "ResourceRecord", new XElement(Ns + "Value", value)))))));
        }

        var request = new XElement(Ns + "ChangeResourceRecordSetsRequest", new XElement(Ns + "ChangeBatch", changes));
        var (_, code, fault) = await api.SendAsync($"write the records at {name}", HttpMethod.Post, zone, request, cancellationToken).ConfigureAwait(false);
        if (fault is null) return null;

        var refusal = new DnsProviderException(fault);
        return code == Route53Api.RefusedBatch ? refusal : throw refusal;
    }

    private async Task<string> FindZoneAsync(string name, CancellationToken cancellationToken) =>
        zoneId ?? await _zones.FindAsync(name, zone => AskForZoneAsync(zone, cancellationToken)).ConfigureAwait(false) ?? throw new DnsProviderException($"Route 53 has no public zone for {name}");

    private async Task<string?> AskForZoneAsync(string zone, CancellationToken cancellationToken)
    {
        var body = await AskAsync($"find the zone {zone}", $"/hostedzonesbyname?dnsname={Uri.EscapeDataString(zone)}.&maxitems=10", cancellationToken).ConfigureAwait(false);
        var found = body.Descendants(Ns + "HostedZone")
            .Where(one => one.Element(Ns + "Name")?.Value == $"{zone}." && one.Element(Ns + "Config")?.Element(Ns + "PrivateZone")?.Value != "true")
            .Select(one => one.Element(Ns + "Id")?.Value.Split('/')[^1])
            .OfType<string>()
            .ToList();
        return found.Count > 1 ? throw new DnsProviderException($"Route 53 has {found.Count} zones named {zone}: {string.Join(", ", found)}; ZoneId says which one is meant") : found.FirstOrDefault();
    }

    private async Task<XElement> AskAsync(string doing, string path, CancellationToken cancellationToken)
    {
        var (body, _, fault) = await api.SendAsync(doing, HttpMethod.Get, path, null, cancellationToken).ConfigureAwait(false);
        return body ?? throw new DnsProviderException(fault!);
    }

    private static XElement Change(string action, XElement set) => new(Ns + "Change", new XElement(Ns + "Action", action), set);
}
