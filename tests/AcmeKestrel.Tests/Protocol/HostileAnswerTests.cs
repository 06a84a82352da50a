using System.Net;
using AcmeKestrel.Protocol;
using AcmeKestrel.Protocol.Messages;

namespace AcmeKestrel.Tests.Protocol;

/// <summary>Promise 8: every byte from the CA is hostile.</summary>
public sealed class HostileAnswerTests
{
    private static readonly AcmeAccountKey Key = AcmeAccountKey.Create();

    public static TheoryData<string> UrlsNobodyMayRequest =>
    [
        "http://ca.example.test/x", "http://127.0.0.1/x", "ftp://ca.example.test/x", "file:///etc/passwd", "//", "", "https://", "https:ca.example.test", "javascript:alert(1)",
        "https://user@ca.example.test/x", "https://ca.example.test/x y", "https://ca.example.test/x\\r\\nHost: evil", "https://ca.example.test\\\\@evil.test/", "https://ca.example.test/#f",
        "https://ca.example.test/\\u00e4",
    ];

    [Theory]
    [MemberData(nameof(UrlsNobodyMayRequest))]
    public async Task Only_https_URLs_come_out_of_a_directory(string url)
    {
        foreach (var member in (string[])["newNonce", "newAccount", "newOrder", "revokeCert", "keyChange", "renewalInfo"])
        {
            using var ca = new ScriptedCa();
            ca.Directory = System.Text.RegularExpressions.Regex.Replace(ca.Directory, $"\"{member}\":\"[^\"]*\"", _ => $"\"{member}\":\"{url}\"");

            await AssertProtocolFaultAsync(() => ca.Client().GetDirectoryAsync());
        }
    }

    [Theory]
    [MemberData(nameof(UrlsNobodyMayRequest))]
    public async Task Only_https_URLs_come_out_of_an_answer(string url)
    {
        using var ca = new ScriptedCa();
        var account = ca.Account(Key);
        string[] orders =
        [
            Json.Order().Replace(ScriptedCa.Base + "/authz/2", url, StringComparison.Ordinal),
            Json.Order().Replace(ScriptedCa.Base + "/order/1/finalize", url, StringComparison.Ordinal),
            Json.Order("valid", $",\"certificate\":\"{url}\""),
        ];
        foreach (var order in orders)
        {
            ca.Answers["/order/1"] = _ => ScriptedCa.Json(order);
            await AssertProtocolFaultAsync(() => account.GetOrderAsync(ScriptedCa.Base + "/order/1"));
        }

        ca.Answers["/authz/1"] = _ => ScriptedCa.Json(Json.Authorization(challenges: Json.Challenge().Replace(ScriptedCa.Base + "/chall/1", url, StringComparison.Ordinal)));
        await AssertProtocolFaultAsync(() => account.GetAuthorizationAsync(ScriptedCa.Base + "/authz/1"));
    }

    [Theory]
    [InlineData("http://ca.example.test/x")]
    [InlineData("https://ca.example.test/x\u00e4")]
    [InlineData("")]
    [InlineData(null)]
    public async Task Only_https_URLs_come_out_of_a_header(string? url)
    {
        using var ca = new ScriptedCa();
        ca.Answers["/new-account"] = ca.Answers["/new-order"] = _ => ScriptedCa.Json(Json.Order(), HttpStatusCode.Created, url is null ? [] : [("Location", url)]);
        var account = ca.Account(Key);

        await AssertProtocolFaultAsync(() => account.OrderAsync(new([])));
        await AssertProtocolFaultAsync(() => account.Client.RegisterAsync(Key, new AcmeRegistration()));
        if (url?.Length > 0)
        {
            ca.Answers["/cert/1"] = _ => ScriptedCa.Answer([], HttpStatusCode.OK, ("Link", $"<{url}>;rel=\"alternate\""));
            Assert.Empty((await account.DownloadAsync(ScriptedCa.Base + "/cert/1", TestContext.Current.CancellationToken)).Alternates);
        }
    }

    [Fact]
    public async Task Nothing_but_https_is_requested_whoever_names_it()
    {
        using var ca = new ScriptedCa();
        var account = ca.Account(Key);
        const string Plain = "http://ca.example.test/x";

        await AssertProtocolFaultAsync(() => account.GetOrderAsync(Plain));
        await AssertProtocolFaultAsync(() => account.GetAuthorizationAsync(Plain));
        await AssertProtocolFaultAsync(() => account.AnswerAsync(Plain));
        await AssertProtocolFaultAsync(() => account.DownloadAsync(Plain));
        await AssertProtocolFaultAsync(() => account.DeactivateAuthorizationAsync(Plain));
        await AssertProtocolFaultAsync(() => account.FinalizeAsync(new(Plain, AcmeStatus.Ready, [], [], Plain), default));
        await AssertProtocolFaultAsync(() => account.Client.OpenAccount(Key, Plain).DeactivateAsync());
        Assert.DoesNotContain(ca.Requests, request => request.Method == "POST");
    }

    [Theory]
    [InlineData("http://ca.example.test/dir")]
    [InlineData("http://localhost/dir")]
    [InlineData("dir")]
    public void A_client_of_a_plain_directory_is_not_made(string url) =>
        Assert.Throws<ArgumentException>(() => new AcmeClient(new AcmeClientOptions { DirectoryUrl = url }));

    [Theory]
    [InlineData("/dir")]
    [InlineData("/order/1")]
    [InlineData("/cert/1")]
    public async Task A_body_without_end_is_read_no_further_than_its_cap(string path)
    {
        using var ca = new ScriptedCa();
        using var body = new EndlessStream();
        ca.Intercept = (request, _) => Task.FromResult(request.RequestUri!.PathAndQuery == path ? new HttpResponseMessage { Content = new StreamContent(body) } : null);
        var account = ca.Account(Key);

        await AssertProtocolFaultAsync(() => path == "/cert/1" ? account.DownloadAsync(ScriptedCa.Base + path) : account.GetOrderAsync(ScriptedCa.Base + path));

        Assert.InRange(body.Given, 1, 2 * AcmePost.JsonLimit);
    }

    [Fact]
    public async Task A_body_that_announces_too_much_is_not_read_at_all()
    {
        using var ca = new ScriptedCa();
        using var body = new EndlessStream();
        ca.Answers["/order/1"] = _ =>
        {
            var answer = new HttpResponseMessage { Content = new StreamContent(body) };
            answer.Content.Headers.ContentLength = 100_000_000;
            return answer;
        };

        await AssertProtocolFaultAsync(() => ca.Account(Key).GetOrderAsync(ScriptedCa.Base + "/order/1"));

        Assert.Equal(0, body.Given);
    }

    private static async Task AssertProtocolFaultAsync(Func<Task> request)
    {
        var fault = await Assert.ThrowsAsync<AcmeException>(request);
        Assert.Equal(AcmeFault.Protocol, fault.Fault);
        Assert.DoesNotContain(fault.Message, char.IsControl);
    }

    private sealed class EndlessStream : MemoryStream
    {
        public long Given { get; private set; }

        public override bool CanSeek => false;

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            buffer.Span.Fill((byte)' ');
            Given += buffer.Length;
            return new(buffer.Length);
        }
    }
}
