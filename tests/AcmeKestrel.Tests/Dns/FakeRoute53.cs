using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Xml.Linq;

namespace AcmeKestrel.Tests.Dns;

/// <summary>XML, and a signature that is calculated here by the book.</summary>
internal sealed class FakeRoute53 : HttpMessageHandler, IWholeSets
{
    private static readonly XNamespace Ns = "https://route53.amazonaws.com/doc/2013-04-01/";

    public List<(string Id, string Zone)> Zones { get; } = [("Z1", "shop.test")];

    public Dictionary<string, List<string>> Sets { get; } = [];

    public Action? BeforeWrite { get; set; }

    /// <summary>All requests are answered with this status, until it is null; 429 is said as it is said there.</summary>
    public int? Status { get; set; }

    /// <summary>The same for those that would change something.</summary>
    public int? StatusOfChanges { get; set; }

    /// <summary>What the next requests are refused with, one after the other.</summary>
    public Queue<string> NotNow { get; } = [];

    /// <summary>What the next changes are refused with, one after the other.</summary>
    public Queue<string> NotNowOfChanges { get; } = [];

    /// <summary>What is wrong with every batch of changes; null: nothing.</summary>
    public string[]? Wrong { get; set; }

    public int Changes { get; private set; }

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var body = request.Content is null ? "" : await request.Content.ReadAsStringAsync(cancellationToken);
        if (request.Method != HttpMethod.Get) Changes++;
        if ((Status ?? (request.Method == HttpMethod.Get ? null : StatusOfChanges)) is { } status)
        {
            var refused = status == 429 ? Error(400, "Throttling", "Rate exceeded") : Error(status, status == 403 ? "AccessDenied" : "SomeCode", $"some words of {Identities.AwsSecret}");
            refused.Headers.TryAddWithoutValidation("Retry-After", "17");
            return refused;
        }

        if (NotNow.TryDequeue(out var code) || (request.Method != HttpMethod.Get && NotNowOfChanges.TryDequeue(out code))) return Error(400, code, code == "Throttling" ? "Rate exceeded" : "The request was rejected because Route 53 was still processing a prior request.");
        if (!IsSigned(request, body)) return Error(403, "SignatureDoesNotMatch", $"The request signature we calculated does not match {Identities.AwsSecret}");
        var query = request.RequestUri!.Query.TrimStart('?').Split('&', StringSplitOptions.RemoveEmptyEntries).Select(pair => pair.Split('=', 2)).ToDictionary(pair => pair[0], pair => Uri.UnescapeDataString(pair[1]));
        string[] path = request.RequestUri.AbsolutePath.Split('/')[1..];
        Assert.Equal("2013-04-01", path[0]);
        if (path[1] == "hostedzonesbyname")
        {
            var listed = Zones.OrderByDescending(zone => $"{zone.Zone}." == query["dnsname"]).Select(zone => new XElement(Ns + "HostedZone", new XElement(Ns + "Id", $"/hostedzone/{zone.Id}"), new XElement(Ns + "Name", $"{zone.Zone}."), new XElement(Ns + "Config", new XElement(Ns + "PrivateZone", "false"))));
            return Xml(200, new XElement(Ns + "ListHostedZonesByNameResponse", new XElement(Ns + "HostedZones", listed)));
        }

        var suffix = Zones.Single(zone => zone.Id == path[2]).Zone;
        if (request.Method == HttpMethod.Get)
        {
            var found = Sets.TryGetValue(Name(query["name"], suffix), out var values) ? Set(query["name"], values) : Set($"zzz.{suffix}.", ["another's"]);
            return Xml(200, new XElement(Ns + "ListResourceRecordSetsResponse", new XElement(Ns + "ResourceRecordSets", found)));
        }

        if (Wrong is { } wrong) return Batch(wrong);
        (BeforeWrite, var meanwhile) = (null, BeforeWrite);
        meanwhile?.Invoke();
        var wished = new Dictionary<string, List<string>>(Sets);
        foreach (var change in XElement.Parse(body).Descendants(Ns + "Change"))
        {
            var set = change.Element(Ns + "ResourceRecordSet")!;
            var name = Name(set.Element(Ns + "Name")!.Value, suffix);
            List<string> values = [.. set.Descendants(Ns + "Value").Select(value => value.Value.Trim('"').Replace("\" \"", "+", StringComparison.Ordinal))];
            var isThere = wished.TryGetValue(name, out var there);
            if (change.Element(Ns + "Action")!.Value == "DELETE")
            {
                if (!isThere || !there!.SequenceEqual(values) || set.Element(Ns + "TTL")!.Value != "300") return Batch("Tried to delete resource record set, but the values provided do not match the current values");
            }
            else if (isThere)
            {
                return Error(400, "InvalidChangeBatch", "[Tried to create resource record set, but it already exists]");
            }

            if (isThere) wished.Remove(name);
            else wished[name] = values;
        }

        Sets.Clear();
        foreach (var (name, values) in wished) Sets[name] = values;
        return Xml(200, new XElement(Ns + "ChangeResourceRecordSetsResponse"));
    }

    private static bool IsSigned(HttpRequestMessage request, string body)
    {
        var moment = request.Headers.GetValues("x-amz-date").Single();
        var token = request.Headers.TryGetValues("x-amz-security-token", out var tokens) ? tokens.Single() : null;
        var canonical = string.Join(
            '\n',
            [request.Method.Method, request.RequestUri!.AbsolutePath, string.Join('&', request.RequestUri.Query.TrimStart('?').Split('&', StringSplitOptions.RemoveEmptyEntries).Order(StringComparer.Ordinal)), $"host:{request.Headers.Host}", $"x-amz-date:{moment}", .. token is null ? Array.Empty<string>() : [$"x-amz-security-token:{token}"], "", token is null ? "host;x-amz-date" : "host;x-amz-date;x-amz-security-token", Hex(SHA256.HashData(Encoding.UTF8.GetBytes(body)))]);
        var toSign = $"AWS4-HMAC-SHA256\n{moment}\n{moment[..8]}/us-east-1/route53/aws4_request\n{Hex(SHA256.HashData(Encoding.UTF8.GetBytes(canonical)))}";
        var key = Mac(Mac(Mac(Mac(Encoding.UTF8.GetBytes($"AWS4{Identities.AwsSecret}"), moment[..8]), "us-east-1"), "route53"), "aws4_request");
        return request.Headers.GetValues("Authorization").Single().EndsWith($", Signature={Hex(Mac(key, toSign))}", StringComparison.Ordinal) && Math.Abs((DateTime.UtcNow - DateTime.ParseExact(moment, "yyyyMMdd'T'HHmmss'Z'", CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal)).TotalMinutes) < 15;
    }

    private static byte[] Mac(byte[] key, string text) => HMACSHA256.HashData(key, Encoding.UTF8.GetBytes(text));

    private static string Hex(byte[] bytes) => Convert.ToHexStringLower(bytes);

    private static string Name(string name, string zone) => $"{(name == $"{zone}." ? "@" : name[..^(zone.Length + 2)])} in {zone}";

    private static XElement Set(string name, List<string> values) => new(Ns + "ResourceRecordSet", new XElement(Ns + "Name", name), new XElement(Ns + "Type", "TXT"), new XElement(Ns + "TTL", "300"), new XElement(Ns + "ResourceRecords", values.Select(value => new XElement(Ns + "ResourceRecord", new XElement(Ns + "Value", $"\"{value.Replace("+", "\" \"", StringComparison.Ordinal)}\"")))));

    private static HttpResponseMessage Xml(int status, XElement body) => new((HttpStatusCode)status) { Content = new StringContent(body.ToString(), Encoding.UTF8, "text/xml") };

    /// <summary>The other way in which a batch is refused.</summary>
    private static HttpResponseMessage Batch(params string[] messages) => Xml(400, new XElement(Ns + "InvalidChangeBatch", new XElement(Ns + "Messages", messages.Select(message => new XElement(Ns + "Message", message))), new XElement(Ns + "RequestId", "b25f48e8")));

    private static HttpResponseMessage Error(int status, string code, string message) => Xml(status, new XElement(Ns + "ErrorResponse", new XElement(Ns + "Error", new XElement(Ns + "Code", code), new XElement(Ns + "Message", message))));
}
