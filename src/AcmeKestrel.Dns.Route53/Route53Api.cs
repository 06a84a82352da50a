using System.Net.Http.Headers;
using System.Text;
using System.Xml;
using System.Xml.Linq;
using AcmeKestrel.Dns.Http;
using Amazon.Runtime;
using Amazon.Runtime.Credentials;

namespace AcmeKestrel.Dns.Route53;

/// <summary>XML there, XML back, signed with what the SDK finds as everywhere in AWS: the environment, a profile, the container's or the instance's role.</summary>
internal sealed class Route53Api(Uri endpoint, string? accessKey, AcmeSecret? secretKey, ApiTransport transport)
{
    private const string Service = "Route 53";

    /// <summary>An account has five requests a second.</summary>
    private const string TooMany = "Throttling";

    /// <summary>A change of the zone is in progress, and one at a time is all it takes.</summary>
    private const string ZoneIsBusy = "PriorRequestNotComplete";

    /// <summary>What a batch that takes away a set which is another by now is refused with, and one that is wrong in itself.</summary>
    public const string RefusedBatch = "InvalidChangeBatch";

    private static readonly TimeSpan FirstPause = TimeSpan.FromSeconds(0.5);

    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(8);

    public TimeProvider Time => transport.Time;

    public static XNamespace Names { get; } = "https://route53.amazonaws.com/doc/2013-04-01/";

    /// <summary>A good answer; else its code, and what to tell. Both refusals that only say "not now" are what the names of one order do to each other, so they are waited out, each by a pause of its own.</summary>
    public async Task<(XElement? Body, string? Code, string? Fault)> SendAsync(string doing, HttpMethod method, string path, XElement? body, CancellationToken cancellationToken)
    {
        for (var pause = FirstPause; ; pause *= 2)
        {
            var answer = await SendOnceAsync(doing, method, path, body, cancellationToken).ConfigureAwait(false);
            if (answer.Code is not (TooMany or ZoneIsBusy) || pause > LongestPause) return answer;
            await Task.Delay(pause * (1 + Random.Shared.NextDouble()), transport.Time, cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task<(XElement? Body, string? Code, string? Fault)> SendOnceAsync(string doing, HttpMethod method, string path, XElement? body, CancellationToken cancellationToken)
    {
        var (access, secret, token) = await FindKeysAsync(cancellationToken).ConfigureAwait(false);
        var text = body?.ToString(SaveOptions.DisableFormatting) ?? "";
        var url = new Uri($"{endpoint.GetLeftPart(UriPartial.Path).TrimEnd('/')}/2013-04-01{path}");
        var credentials = ApiCredentials.Of([secret, token ?? ""], AwsSignature.Sign(method.Method, url, text, access, secret, token, transport.Time.GetUtcNow()));
        using var request = new HttpRequestMessage(method, url);
        request.Headers.UserAgent.Add(new ProductInfoHeaderValue("AcmeKestrel", null));
        foreach (var (name, value) in credentials.Headers) request.Headers.TryAddWithoutValidation(name, value);
        if (body is not null) request.Content = new ByteArrayContent(Encoding.UTF8.GetBytes(text)) { Headers = { ContentType = new MediaTypeHeaderValue("text/xml") } };

        var (head, bytes) = await transport.SendAsync(Service, request, cancellationToken).ConfigureAwait(false);
        using (head)
        {
            var (answer, read) = (ApiAnswer.Of(head, bytes, transport.Time.GetUtcNow()), Read(bytes));
            if (answer.IsGood && read is not null) return (read, null, null);
            var code = CodeOf(read);
            var words = read is null ? "" : string.Join("; ", read.Descendants().Where(one => one.Name.LocalName == "Message").Select(one => one.Value.Trim()));
            answer = answer with { IsTooMany = code == TooMany };
            return (null, code ?? "", credentials.Hide($"{Service} could not {doing}: {answer.Explain(words.Length == 0 ? code : $"{words} ({code})")}"));
        }
    }

    /// <summary>What is wrong with a batch of changes may come with the code as the whole answer's name.</summary>
    private static string? CodeOf(XElement? answer) =>
        answer?.Name.LocalName == RefusedBatch ? RefusedBatch : answer?.Descendants().FirstOrDefault(one => one.Name.LocalName == "Code")?.Value;

    private static XElement? Read(byte[] bytes)
    {
        try
        {
            using var reader = XmlReader.Create(new MemoryStream(bytes), new XmlReaderSettings { DtdProcessing = DtdProcessing.Prohibit, XmlResolver = null });
            return XElement.Load(reader);
        }
        catch (XmlException)
        {
            return null;
        }
    }

    private async Task<(string Access, string Secret, string? Token)> FindKeysAsync(CancellationToken cancellationToken)
    {
        if (accessKey is not null && secretKey is not null) return (accessKey, secretKey.Read(), null);
        try
        {
            var keys = await transport.FindCredentialsAsync("AWS", async _ => await (await DefaultAWSCredentialsIdentityResolver.GetCredentialsAsync().ConfigureAwait(false)).GetCredentialsAsync().ConfigureAwait(false), cancellationToken).ConfigureAwait(false);
            return (keys.AccessKey, keys.SecretKey, keys.Token);
        }
        catch (Exception none) when (none is AmazonClientException or AmazonServiceException or IOException or HttpRequestException)
        {
            throw new DnsProviderException($"AWS gives no credentials: {none.Message.ReplaceLineEndings(" ")}", none);
        }
    }
}
