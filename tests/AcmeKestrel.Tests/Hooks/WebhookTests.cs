using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using AcmeKestrel.Configuration.Hooks;
using AcmeKestrel.Hooks;
using Microsoft.Extensions.Time.Testing;

namespace AcmeKestrel.Tests.Hooks;

public sealed class WebhookTests : IDisposable
{
    private const string Secret = "0123456789abcdef";
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 11, 23, 12, 0, 0, TimeSpan.Zero));
    private readonly Receiver _receiver = new();
    private readonly WebhookSender _sender;

    public WebhookTests() => _sender = new WebhookSender(_time, _receiver);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _sender.Dispose();
        _receiver.Dispose();
    }

    [Fact]
    public async Task A_post_is_signed_with_its_time()
    {
        Assert.True((await SendAsync()).IsDone);

        var (request, body) = Assert.Single(_receiver.Received);
        Assert.Equal((HttpMethod.Post, "application/json", "issued", "id-1"), (request.Method, request.Content!.Headers.ContentType!.MediaType, Header(request, "Acme-Event"), Header(request, "Acme-Delivery")));
        var timestamp = Header(request, "Acme-Timestamp");
        Assert.Equal(_time.GetUtcNow().ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture), timestamp);
        var mac = HMACSHA256.HashData(Encoding.UTF8.GetBytes(Secret), Encoding.UTF8.GetBytes($"{timestamp}.").Concat(body).ToArray());
        Assert.Equal($"v1={Convert.ToHexStringLower(mac)}", Header(request, "Acme-Signature"));
    }

    [Theory]
    [InlineData(200, (int)HookOutcomeKind.Done, null)]
    [InlineData(204, (int)HookOutcomeKind.Done, null)]
    [InlineData(302, (int)HookOutcomeKind.Failed, "it answered 302")]
    [InlineData(401, (int)HookOutcomeKind.Failed, "it answered 401")]
    [InlineData(409, (int)HookOutcomeKind.Refused, "it answered 409")]
    [InlineData(500, (int)HookOutcomeKind.Failed, "it answered 500")]
    public async Task Its_status_is_all_that_is_read(int status, int outcome, string? problem)
    {
        _receiver.Status = (HttpStatusCode)status;

        Assert.Equal(new HookOutcome((HookOutcomeKind)outcome, problem), await SendAsync());
    }

    [Fact]
    public async Task One_that_does_not_answer_is_left_alone_after_half_a_minute()
    {
        _receiver.IsSilent = true;
        var sending = SendAsync();

        _time.Advance(TimeSpan.FromSeconds(30));

        Assert.Equal("it did not answer within 00:00:30", (await sending).Problem);
    }

    [Fact]
    public async Task A_secret_from_a_file_is_read_each_time()
    {
        var file = Path.Combine(Directory.CreateTempSubdirectory("acme-hooks").FullName, "secret");
        var webhook = new HookWebhook("chat", new Uri("https://hooks.example.com/"), null, file, HookEvents.All);
        Assert.Contains("its secret cannot be read", (await SendAsync(webhook)).Problem, StringComparison.Ordinal);

        await File.WriteAllTextAsync(file, "short\n", Token);
        Assert.Contains("holds no secret of at least 16 characters", (await SendAsync(webhook)).Problem, StringComparison.Ordinal);

        if (OperatingSystem.IsLinux())
        {
            File.Delete(file);
            using (var made = System.Diagnostics.Process.Start("mkfifo", [file])) await made.WaitForExitAsync(Token);
            Assert.Contains("its secret cannot be read", (await SendAsync(webhook).WaitAsync(TimeSpan.FromSeconds(30), Token)).Problem, StringComparison.Ordinal);
            File.Delete(file);
        }

        await File.WriteAllBytesAsync(file, new byte[64 * 1024 + 1], Token);
        Assert.Contains("It is longer than 65536 bytes", (await SendAsync(webhook)).Problem, StringComparison.Ordinal);

        // As Notepad writes it.
        await File.WriteAllTextAsync(file, $"{Secret}\r\n", new UTF8Encoding(encoderShouldEmitUTF8Identifier: true), Token);
        Assert.True((await SendAsync(webhook)).IsDone);
        var (request, body) = Assert.Single(_receiver.Received);
        Assert.Equal(WebhookSignature.Of(Secret, _time.GetUtcNow().ToUnixTimeSeconds(), body), Header(request, "Acme-Signature"));
        Directory.Delete(Path.GetDirectoryName(file)!, recursive: true);
    }

    private Task<HookOutcome> SendAsync(HookWebhook? webhook = null) => _sender.SendAsync(
        webhook ?? new HookWebhook("chat", new Uri("https://hooks.example.com/"), Secret, null, HookEvents.All),
        new AcmeHookCall(AcmeHookEvent.Issued, "id-1", _time.GetUtcNow(), [new AcmeHookCertificate("shop.test", ["shop.test"])]),
        Token);

    private static string Header(HttpRequestMessage request, string name) => request.Headers.GetValues(name).Single();

    private sealed class Receiver : HttpMessageHandler
    {
        public List<(HttpRequestMessage Request, byte[] Body)> Received { get; } = [];

        public HttpStatusCode Status { get; set; } = HttpStatusCode.OK;

        public bool IsSilent { get; set; }

        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            if (IsSilent) await Task.Delay(Timeout.Infinite, cancellationToken);
            var body = await request.Content!.ReadAsByteArrayAsync(cancellationToken);
            Received.Add((request, body));
            return new HttpResponseMessage(Status);
        }
    }
}
