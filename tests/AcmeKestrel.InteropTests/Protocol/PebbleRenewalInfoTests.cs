using System.Globalization;
using AcmeKestrel.InteropTests.Pebble;
using AcmeKestrel.Protocol;

namespace AcmeKestrel.InteropTests.Protocol;

/// <summary>Renewal info (RFC 9773 section 4) of the newest Pebble, and of the installed one, which has none.</summary>
public sealed class PebbleRenewalInfoTests(SharedPebbles pebbles)
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_window_is_a_day_to_either_side_of_two_thirds_of_the_validity_and_the_next_look_in_six_hours()
    {
        using var client = (await pebbles.GetAsync(PebbleVersion.Newest, Ct)).NewClient();
        using var issued = await IssueAsync(client);

        var info = await client.GetRenewalInfoAsync(issued.RenewalId, Ct);

        var (start, end) = (new DateTimeOffset(issued.Certificate.NotBefore), new DateTimeOffset(issued.Certificate.NotAfter).AddSeconds(1));
        var ideal = end - ((end - start) / 3);
        Assert.Equal(ideal.AddDays(-1), info!.Start, TimeSpan.FromSeconds(2));
        Assert.Equal(ideal.AddDays(1), info.End, TimeSpan.FromSeconds(2));
        Assert.Equal(TimeSpan.FromHours(6), info.RetryAfter);
        Assert.Null(info.ExplanationUrl);
    }

    [Theory]
    [InlineData("2031-01-02T03:04:05Z", "2031-01-03T00:00:00Z")]
    [InlineData("2001-01-02T03:04:05.123456789Z", "2001-01-03T00:00:00+02:00")]
    public async Task A_window_that_the_operator_set_is_what_the_client_reads(string start, string end)
    {
        var pebble = await pebbles.GetAsync(PebbleVersion.Newest, Ct);
        using var client = pebble.NewClient();
        using var issued = await IssueAsync(client);

        await pebble.Management.SetRenewalInfoAsync(
            issued.Certificate, $$"""{"suggestedWindow":{"start":"{{start}}","end":"{{end}}"},"explanationURL":"https://example.test/incident"}""", Ct);
        var info = await client.GetRenewalInfoAsync(issued.RenewalId, Ct);

        Assert.Equal(DateTimeOffset.Parse(start, CultureInfo.InvariantCulture), info!.Start, TimeSpan.FromMicroseconds(1));
        Assert.Equal(DateTimeOffset.Parse(end, CultureInfo.InvariantCulture), info.End, TimeSpan.FromMicroseconds(1));
        Assert.Equal("https://example.test/incident", info.ExplanationUrl);
        Assert.Equal(TimeSpan.FromHours(6), info.RetryAfter);
    }

    [Theory]
    [InlineData("<html>")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("""{"suggestedWindow":null}""")]
    [InlineData("""{"suggestedWindow":{"start":"2031-01-02T03:04:05Z"}}""")]
    [InlineData("""{"suggestedWindow":{"start":"tomorrow","end":"2031-01-02T03:04:05Z"}}""")]
    [InlineData("""{"suggestedWindow":{"start":"2031-01-02T03:04:05Z","end":"2031-01-02T03:04:05Z"}}""")]
    [InlineData("""{"suggestedWindow":{"start":"2031-01-03T00:00:00Z","end":"2031-01-02T00:00:00Z"}}""")]
    [InlineData("""{"suggestedWindow":{"start":"2031-01-02T03:04:05Z","end":"2031-01-03T00""")]
    public async Task What_is_no_window_is_a_protocol_fault(string answer)
    {
        var pebble = await pebbles.GetAsync(PebbleVersion.Newest, Ct);
        using var client = pebble.NewClient();
        using var issued = await IssueAsync(client);
        await pebble.Management.SetRenewalInfoAsync(issued.Certificate, answer, Ct);

        var fault = await Assert.ThrowsAsync<AcmeException>(() => client.GetRenewalInfoAsync(issued.RenewalId, Ct));

        Assert.Equal((AcmeFault.Protocol, 200), (fault.Fault, fault.StatusCode));
    }

    [Fact]
    public async Task After_revocation_the_window_is_past()
    {
        using var client = (await pebbles.GetAsync(PebbleVersion.Newest, Ct)).NewClient();
        using var key = AcmeAccountKey.Create();
        var account = await client.RegisterAsync(key, Ct);
        using var issued = await account.IssueAsync("informed.test", Ct);
        Assert.True((await client.GetRenewalInfoAsync(issued.RenewalId, Ct))!.Start > DateTimeOffset.UtcNow);

        await account.RevokeAsync(issued.Der, cancellationToken: Ct);

        Assert.True((await client.GetRenewalInfoAsync(issued.RenewalId, Ct))!.End < DateTimeOffset.UtcNow);
    }

    [Fact]
    public async Task An_id_that_the_CA_does_not_know_is_refused()
    {
        using var client = (await pebbles.GetAsync(PebbleVersion.Newest, Ct)).NewClient();
        using var issued = await IssueAsync(client);
        var authority = issued.RenewalId.Split('.')[0];

        var unknown = await Assert.ThrowsAsync<AcmeException>(() => client.GetRenewalInfoAsync($"{authority}.AIdlQyE", Ct));
        var foreign = await Assert.ThrowsAsync<AcmeException>(() => client.GetRenewalInfoAsync("aYhba4dGQEHhs3uEe6CuLN4ByNQ.AIdlQyE", Ct));

        Assert.Equal((AcmeFault.Rejected, 404), (unknown.Fault, unknown.StatusCode));
        Assert.Equal((AcmeFault.Rejected, 400), (foreign.Fault, foreign.StatusCode));
    }

    [Fact]
    public async Task A_CA_that_has_none_is_not_asked()
    {
        var pebble = await pebbles.GetAsync(PebbleVersion.Installed, Ct);
        var recorder = new RequestRecorder(pebble);
        using var client = pebble.NewClient(recorder);

        Assert.Null(await client.GetRenewalInfoAsync("aYhba4dGQEHhs3uEe6CuLN4ByNQ.AIdlQyE", Ct));
        Assert.Equal([("/dir", 200)], recorder.Seen);
    }

    private static async Task<IssuedCertificate> IssueAsync(AcmeClient client)
    {
        using var key = AcmeAccountKey.Create();
        return await (await client.RegisterAsync(key, Ct)).IssueAsync("informed.test", Ct);
    }
}
