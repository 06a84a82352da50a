using AcmeKestrel.LocalCa;

namespace AcmeKestrel.Tests.LocalCa;

public sealed class RenewalInfoTests
{
    [Fact]
    public async Task Renewal_info_is_announced_and_answers_anyone()
    {
        await using var ca = await TestCaOverHttp.StartAsync();
        using var leaf = await ca.CertificateAsync("shop.test");
        var issued = ca.Time.GetUtcNow();

        Assert.Equal("https://ca.test/renewal-info", await ca.Client.UrlAsync("renewalInfo"));
        var reply = await ca.GetAsync($"https://ca.test/renewal-info/{TestCaOverHttp.RenewalId(leaf)}");
        Assert.Equal((200, "application/json", "21600"), (reply.Status, reply.Header("Content-Type"), reply.Header("Retry-After")));
        Assert.Equal((issued.AddMinutes(85_104), issued.AddMinutes(87_696)), Window(reply));
        Assert.Null(reply.Json["explanationURL"]);
    }

    [Theory]
    [InlineData(null, null)]
    [InlineData(90.5, "91")]
    public async Task The_wait_is_what_a_test_wants(double? seconds, string? header)
    {
        await using var ca = await TestCaOverHttp.StartAsync(new LocalCaServerOptions { RenewalInfoRetryAfter = seconds is { } s ? TimeSpan.FromSeconds(s) : null });
        using var leaf = await ca.CertificateAsync("shop.test");

        Assert.Equal(header, (await ca.GetAsync($"https://ca.test/renewal-info/{TestCaOverHttp.RenewalId(leaf)}")).Header("Retry-After"));
    }

    [Fact]
    public async Task A_certificate_of_another_CA_is_not_found_and_no_identifier_is_malformed()
    {
        await using var ca = await TestCaOverHttp.StartAsync();

        var unknown = await ca.GetAsync("https://ca.test/renewal-info/aYhba4dGQEHhs3uEe6CuLN4ByNQ.AIdlQyE");
        Assert.Equal((404, "malformed"), (unknown.Status, unknown.Problem));
        foreach (var bad in new[] { "", "x", "aYhba4dGQEHhs3uEe6CuLN4ByNQ.AIdlQyE=", "aYhba4dGQEHhs3uEe6CuLN4ByNQ.h2VDIQ", "aYhba4dGQEHhs3uEe6CuLN4ByNQ.AIdlQyE?x" })
            Assert.Equal((400, "malformed"), await ca.GetAsync("https://ca.test/renewal-info/" + bad) is var reply ? (reply.Status, reply.Problem) : default);
        Assert.Equal(405, (await ca.Client.PostAsync("https://ca.test/renewal-info/aYhba4dGQEHhs3uEe6CuLN4ByNQ.AIdlQyE", "")).Status);
    }

    [Fact]
    public async Task A_revoked_certificate_is_to_be_renewed_at_once()
    {
        await using var ca = await TestCaOverHttp.StartAsync();
        using var leaf = await ca.CertificateAsync("shop.test");
        ca.Time.Advance(TimeSpan.FromDays(3));
        await ca.Client.PostAsync(await ca.Client.UrlAsync("revokeCert"), $$"""{"certificate":"{{TinyAcmeClient.B64(leaf.RawData)}}"}""");

        var now = ca.Time.GetUtcNow();
        Assert.Equal((now.AddHours(-1), now.AddMinutes(-30)), Window(await ca.GetAsync($"https://ca.test/renewal-info/{TestCaOverHttp.RenewalId(leaf)}")));
    }

    [Fact]
    public async Task A_test_sets_the_window_or_the_whole_answer_and_takes_it_back()
    {
        await using var ca = await TestCaOverHttp.StartAsync();
        using var leaf = await ca.CertificateAsync("shop.test");
        using var other = await ca.CertificateAsync("other.test");
        var url = $"https://ca.test/renewal-info/{TestCaOverHttp.RenewalId(leaf)}";
        var before = await ca.GetAsync(url);
        var now = ca.Time.GetUtcNow();

        ca.Ca.SetRenewalWindow(leaf, now.AddHours(2), now.AddHours(1), new Uri("https://ca.test/why"));
        var set = await ca.GetAsync(url);
        Assert.Equal((now.AddHours(2), now.AddHours(1)), Window(set));
        Assert.Equal("https://ca.test/why", (string)set.Json["explanationURL"]!);
        Assert.Equal("21600", set.Header("Retry-After"));

        ca.Ca.SetRenewalAnswer(leaf, new LocalCaReply(500, [new("Retry-After", "soon")], "text/html", "<html>"u8.ToArray()));
        var broken = await ca.GetAsync(url);
        Assert.Equal((500, "text/html", "soon", "<html>"), (broken.Status, broken.Header("Content-Type"), broken.Header("Retry-After"), broken.Body));
        Assert.Equal(Window(before), Window(await ca.GetAsync($"https://ca.test/renewal-info/{TestCaOverHttp.RenewalId(other)}")));

        ca.Ca.SetRenewalAnswer(leaf, null);
        Assert.Equal(before.Body, (await ca.GetAsync(url)).Body);
        Assert.Throws<ArgumentException>(() => ca.Ca.SetRenewalWindow(ca.Ca.Root, now, now));
    }

    [Fact]
    public async Task Without_renewal_info_there_is_none()
    {
        await using var ca = await TestCaOverHttp.StartAsync(new LocalCaServerOptions { RenewalInfo = false });
        using var leaf = await ca.CertificateAsync("shop.test");

        await ca.Client.UrlAsync("newOrder");
        Assert.Null(ca.Client.Directory!["renewalInfo"]);
        Assert.Equal(404, (await ca.GetAsync($"https://ca.test/renewal-info/{TestCaOverHttp.RenewalId(leaf)}")).Status);
        Assert.Equal("malformed", (await ca.OrderAsync("shop.test", ("replaces", TestCaOverHttp.RenewalId(leaf)))).Problem);
    }

    private static (DateTimeOffset Start, DateTimeOffset End) Window(Reply reply) =>
        (DateTimeOffset.Parse((string)reply.Json["suggestedWindow"]!["start"]!, null), DateTimeOffset.Parse((string)reply.Json["suggestedWindow"]!["end"]!, null));
}
