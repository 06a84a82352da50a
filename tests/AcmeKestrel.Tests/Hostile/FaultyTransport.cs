using System.Buffers.Text;
using System.IO.Enumeration;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.Extensions.Time.Testing;

namespace AcmeKestrel.Tests.Hostile;

/// <summary>Stands between a client and a CA, counts every request, keeps every signature, and lets one resource fail.</summary>
internal sealed partial class FaultyTransport(HttpMessageHandler ca, FakeTimeProvider time) : DelegatingHandler(ca)
{
    /// <summary>Rides on the directory's URL and on all URLs of hostile answers; no log and no message may show it.</summary>
    public const string Capability = "capability=open-sesame";

    private readonly HashSet<string> _urls = new(StringComparer.Ordinal);
    private Uri _newNonce = new("https://ca.test/new-nonce");

    public Fault? Fault { get; set; }

    /// <summary>The path of the resource that fails; <c>*</c> stands for anything.</summary>
    public string FailingPath { get; set; } = "";

    /// <summary>How many requests are still to fail.</summary>
    public int Left { get; set; } = int.MaxValue;

    /// <summary>Only requests that have to do with this name's orders fail; null = all.</summary>
    public string? Victim { get; init; }

    /// <summary>How many requests failed.</summary>
    public int Hits { get; private set; }

    /// <summary>All requests, as method and path.</summary>
    public List<string> Requests { get; } = [];

    /// <summary>What the CA itself answered, as path and status.</summary>
    public List<(string Path, int Status, bool IsVictims)> Processed { get; } = [];

    /// <summary>How often the CA itself refused a nonce.</summary>
    public int StaleNonces { get; private set; }

    public List<string> Signatures { get; } = [];

    public Flood Flood { get; } = new();

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var path = request.RequestUri!.AbsolutePath;
        Requests.Add($"{request.Method} {path}");
        if (request.Method == HttpMethod.Head) _newNonce = request.RequestUri!;
        var isVictims = await IsVictimsAsync(request);
        var fails = Fault is not null && Left > 0 && isVictims && FileSystemName.MatchesSimpleExpression(FailingPath, path);
        if (!fails) return await ProcessAsync(request, isVictims, cancellationToken);

        Left--;
        Hits++;
        return await Fault!.AnswerAsync(new(request, Hits, time, () => ProcessAsync(request, isVictims, cancellationToken), NonceAsync, Flood, cancellationToken));
    }

    private async Task<HttpResponseMessage> ProcessAsync(HttpRequestMessage request, bool isVictims, CancellationToken cancellationToken)
    {
        // The directory's URL is the one that users write; this CA knows its path alone.
        var written = request.RequestUri!;
        if (written.Query.Contains(Capability, StringComparison.Ordinal)) request.RequestUri = new Uri(written.GetLeftPart(UriPartial.Path));

        var answer = await base.SendAsync(request, cancellationToken);
        request.RequestUri = written; // A request that ends elsewhere was redirected.
        var body = await answer.Content.ReadAsStringAsync(CancellationToken.None);
        if (body.Contains(":badNonce", StringComparison.Ordinal)) StaleNonces++;
        Processed.Add((request.RequestUri.AbsolutePath, (int)answer.StatusCode, isVictims));
        if (Victim is null || !isVictims || !IsOfAnOrder().IsMatch(request.RequestUri.AbsolutePath)) return answer;

        foreach (Match url in Url().Matches($"{body} {answer.Headers.Location}")) _urls.Add(url.Value);
        return answer;
    }

    private async Task<string> NonceAsync()
    {
        using var request = new HttpRequestMessage(HttpMethod.Head, _newNonce);
        request.Headers.UserAgent.ParseAdd("AcmeKestrel/0");
        request.Headers.AcceptLanguage.ParseAdd("en");
        using var answer = await base.SendAsync(request, CancellationToken.None);
        return answer.Headers.GetValues("Replay-Nonce").Single();
    }

    private async Task<bool> IsVictimsAsync(HttpRequestMessage request)
    {
        if (request.Content is null) return true;

        var body = JsonDocument.Parse(await request.Content.ReadAsByteArrayAsync(CancellationToken.None)).RootElement;
        Signatures.Add(body.GetProperty("signature").GetString()!);
        var payload = Encoding.UTF8.GetString(Base64Url.DecodeFromChars(body.GetProperty("payload").GetString()!));
        return Victim is null || request.RequestUri!.AbsolutePath == "/new-account" || payload.Contains($"\"{Victim}\"", StringComparison.Ordinal) || _urls.Contains(request.RequestUri.OriginalString);
    }

    [GeneratedRegex("""https://[^"\s]+""")]
    private static partial Regex Url();

    [GeneratedRegex("^/(new-order|order/|authorization/|challenge/|finalize/)")]
    private static partial Regex IsOfAnOrder();
}
