using System.Net;
using AcmeKestrel.Protocol;
using AcmeKestrel.Protocol.Answers;
using AcmeKestrel.Protocol.Messages;

namespace AcmeKestrel.Tests.Protocol;

public sealed class DirectoryTests
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task It_is_read_with_everything_a_CA_says_of_itself()
    {
        using var ca = new ScriptedCa();
        ca.Directory = $$$"""
            {"newNonce":"{{{ScriptedCa.Base}}}/n","newAccount":"{{{ScriptedCa.Base}}}/a","newOrder":"{{{ScriptedCa.Base}}}/o","revokeCert":"{{{ScriptedCa.Base}}}/r","keyChange":"{{{ScriptedCa.Base}}}/k",
             "renewalInfo":"{{{ScriptedCa.Base}}}/ari","newAuthz":7,"tK3k":"https://community.example.test/",
             "meta":{"termsOfService":"data:text/plain,x","website":"https://ca.example.test","caaIdentities":["ca.example.test",1],"externalAccountRequired":true,"issuerDomainNames":["ca.example.test"],"accountHashPrefix":"https://ca.example.test/hash/",
                     "profiles":{"classic":"The default","shortlived":"https://ca.example.test/shortlived","odd":{} } } }
            """;

        var directory = await ca.Client().GetDirectoryAsync(Ct);

        Assert.Equal(new string?[] { "/n", "/a", "/o", "/r", "/k", "/ari" }.Select(path => ScriptedCa.Base + path),
            [directory.NewNonce, directory.NewAccount, directory.NewOrder, directory.RevokeCert, directory.KeyChange, directory.RenewalInfo]);
        Assert.Equal(("data:text/plain,x", "https://ca.example.test", true), (directory.TermsOfService, directory.Website, directory.ExternalAccountRequired));
        Assert.Equal(["ca.example.test"], directory.CaaIdentities);
        Assert.Equal(("ca.example.test", "https://ca.example.test/hash/"), (Assert.Single(directory.IssuerDomainNames), directory.AccountHashPrefix));
        Assert.Equal(["classic: The default", "odd: ", "shortlived: https://ca.example.test/shortlived"], directory.Profiles.Select(profile => $"{profile.Key}: {profile.Value}").Order());
    }

    /// <summary>Both get into messages: the profiles when the wished one is not among them.</summary>
    [Fact]
    public async Task Names_of_profiles_and_of_the_CA_cannot_forge_a_line_of_a_log()
    {
        using var ca = new ScriptedCa();
        ca.Directory = ca.Directory.Replace("\"meta\":{", $"\"meta\":{{\"caaIdentities\":[\"ca.test\\nfatal: forged\"],\"profiles\":{{\"classic\":\"\",\"x\\r\\nfatal: forged\":\"\",\"{new string('y', 5000)}\":\"\"}},", StringComparison.Ordinal);

        var directory = await ca.Client().GetDirectoryAsync(Ct);

        Assert.Equal(["classic"], directory.Profiles.Keys);
        Assert.Equal(["ca.test fatal: forged"], directory.CaaIdentities);
    }

    /// <summary>They are to stand in a record.</summary>
    [Theory]
    [InlineData("https://ca.test/hash/; policy=wildcard")]
    [InlineData("https://ca.test/hash/\\u000a")]
    [InlineData("")]
    public async Task A_prefix_that_could_not_stand_in_a_record_is_none(string prefix)
    {
        using var ca = new ScriptedCa();
        ca.Directory = ca.Directory.Replace("\"meta\":{", $"\"meta\":{{\"accountHashPrefix\":\"{prefix}\",\"issuerDomainNames\":[\"ca.test\",\"Other.test\"],", StringComparison.Ordinal);

        var directory = await ca.Client().GetDirectoryAsync(Ct);

        Assert.Null(directory.AccountHashPrefix);
        Assert.Empty(directory.IssuerDomainNames);
    }

    [Theory]
    [InlineData("<!DOCTYPE html>\n<html><head><title>Boulder</title>\u001b[2J", "'<!DOCTYPE html> <html><head><title>Boulder</title> [2J'")]
    [InlineData("{\"new-reg\":\"https://ca.example.test/acme/new-reg\"}", "new-reg")]
    [InlineData("\"hello\"", "'\"hello\"'")]
    [InlineData("", "nothing")]
    public async Task What_is_no_directory_is_called_so_with_its_first_words(string body, string words)
    {
        using var ca = new ScriptedCa { Directory = body + new string(' ', 50_000) };

        var fault = await Assert.ThrowsAsync<AcmeException>(() => ca.Client().GetDirectoryAsync(Ct));

        Assert.Equal(AcmeFault.Protocol, fault.Fault);
        Assert.Contains("no ACME directory", fault.Message, StringComparison.Ordinal);
        Assert.Contains(ScriptedCa.DirectoryUrl, fault.Message, StringComparison.Ordinal);
        Assert.Contains(words, fault.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(fault.Message, char.IsControl);
        Assert.InRange(fault.Message.Length, 1, 500);
    }

    /// <summary>Half of a character is found when a name is compared that is longer, as written, than the one that is looked for.</summary>
    [Fact]
    public async Task A_name_that_is_no_text_is_the_CAs_fault()
    {
        using var ca = new ScriptedCa { Directory = $$"""{"newNonce":"{{ScriptedCa.Base}}/n","newAccount":"{{ScriptedCa.Base}}/a","newOrder":"{{ScriptedCa.Base}}/o","\ud800abcdef":1}""" };

        var fault = await Assert.ThrowsAsync<AcmeException>(() => ca.Client().GetDirectoryAsync(Ct));

        Assert.Equal((AcmeFault.Protocol, $"{ScriptedCa.DirectoryUrl} answered with a broken directory."), (fault.Fault, fault.Message));
    }

    [Theory]
    [InlineData(404)]
    [InlineData(200)]
    public async Task A_hint_is_added_where_no_directory_is(int status)
    {
        using var ca = new ScriptedCa();
        ca.Intercept = (_, _) => Task.FromResult<HttpResponseMessage?>(ScriptedCa.Answer("<html>"u8.ToArray(), (HttpStatusCode)status));

        var fault = await Assert.ThrowsAsync<AcmeException>(() => ca.Client(options: options => options with { DirectoryHint = "Try that one." }).GetDirectoryAsync(Ct));

        Assert.EndsWith("Try that one.", fault.Message, StringComparison.Ordinal);
        Assert.Equal(status, fault.StatusCode);
    }

    [Fact]
    public async Task It_may_be_bare()
    {
        using var ca = new ScriptedCa { Directory = $$"""{"newNonce":"{{ScriptedCa.Base}}/n","newAccount":"{{ScriptedCa.Base}}/a","newOrder":"{{ScriptedCa.Base}}/o"}""" };

        var directory = await ca.Client().GetDirectoryAsync(Ct);

        Assert.Equal((null, null, null, null, false), (directory.RevokeCert, directory.KeyChange, directory.RenewalInfo, directory.TermsOfService, directory.ExternalAccountRequired));
        Assert.Empty(directory.Profiles);
        Assert.Equal(AcmeFault.Protocol, (await Assert.ThrowsAsync<AcmeException>(() => ca.Account().RevokeAsync(new byte[] { 0x30 }, cancellationToken: Ct))).Fault);
    }

    /// <summary>As many as fit into the largest answer; a look-up for each would take twenty seconds.</summary>
    [Fact]
    public void Ninety_thousand_profiles_are_read_in_one_pass()
    {
        using var ca = new ScriptedCa();
        var profiles = string.Join(',', Enumerable.Range(100_000, 90_000).Select(number => $"\"{number}\":1"));
        var body = System.Text.Encoding.UTF8.GetBytes(ca.Directory.Replace("\"meta\":{", $"\"meta\":{{\"profiles\":{{{profiles}}},", StringComparison.Ordinal));

        Assert.Equal(90_000, DirectoryReader.Read(new AcmeResponse(ScriptedCa.DirectoryUrl, 200, body)).Profiles.Count);
        Assert.InRange(body.Length, 0, AcmePost.JsonLimit);
    }

    [Fact]
    public async Task It_is_fetched_once_an_hour()
    {
        using var ca = new ScriptedCa();
        var client = ca.Client();

        await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => client.GetDirectoryAsync(Ct)));
        ca.Time.Advance(TimeSpan.FromMinutes(59));
        await client.GetDirectoryAsync(Ct);
        Assert.Equal(1, ca.Count("/dir"));

        ca.Time.Advance(TimeSpan.FromMinutes(2));
        await client.GetDirectoryAsync(Ct);
        Assert.Equal(2, ca.Count("/dir"));
    }

    [Theory]
    [InlineData(404)]
    [InlineData(405)]
    [InlineData(301)]
    public async Task It_is_fetched_again_when_one_of_its_resources_has_moved(int status)
    {
        using var ca = new ScriptedCa();
        var account = ca.Account();
        ca.Answers["/new-order"] = _ => ScriptedCa.Answer([], (HttpStatusCode)status);
        await Assert.ThrowsAsync<AcmeException>(() => account.OrderAsync(new([]), Ct));

        ca.Directory = ca.Directory.Replace("/new-order", "/order-plz", StringComparison.Ordinal);
        ca.Answers["/order-plz"] = _ => ScriptedCa.Json(Json.Order(), HttpStatusCode.Created, ("Location", "/order/1"));
        await account.OrderAsync(new([]), Ct);

        Assert.Equal(2, ca.Count("/dir"));
    }

    [Fact]
    public async Task It_is_fetched_again_when_newNonce_has_moved_or_a_connection_fails()
    {
        using var ca = new ScriptedCa();
        var account = ca.Account();
        ca.Answers["/order/1"] = _ => ScriptedCa.Json(Json.Order());
        var working = ca.Directory;
        ca.Directory = working.Replace("/nonce", "/moved", StringComparison.Ordinal);
        var fault = await Assert.ThrowsAsync<AcmeException>(() => account.GetOrderAsync(ScriptedCa.Base + "/order/1", Ct));
        Assert.Equal((AcmeFault.Protocol, null), (fault.Fault, fault.StatusCode));

        ca.Directory = working;
        await account.GetOrderAsync(ScriptedCa.Base + "/order/1", Ct);
        Assert.Equal(2, ca.Count("/dir"));

        ca.Answers["/order/1"] = _ => throw new HttpRequestException("refused");
        await Assert.ThrowsAsync<AcmeException>(() => account.GetOrderAsync(ScriptedCa.Base + "/order/1", Ct));
        ca.Answers["/order/1"] = _ => ScriptedCa.Json(Json.Order());
        await account.GetOrderAsync(ScriptedCa.Base + "/order/1", Ct);
        Assert.Equal(3, ca.Count("/dir"));
    }

    [Fact]
    public async Task A_failure_is_not_remembered()
    {
        using var ca = new ScriptedCa();
        var client = ca.Client();
        ca.Intercept = (_, _) => Task.FromResult<HttpResponseMessage?>(ScriptedCa.Json("<html>busy", HttpStatusCode.ServiceUnavailable, ("Retry-After", "30")));
        var fault = await Assert.ThrowsAsync<AcmeException>(() => client.GetDirectoryAsync(Ct));
        Assert.Equal((AcmeFault.Server, TimeSpan.FromSeconds(30)), (fault.Fault, fault.RetryAfter));

        ca.Intercept = null;
        await client.GetDirectoryAsync(Ct);
    }

    /// <summary>Both dates are by the CA's clock (RFC 9110 sections 6.6.1 and 10.2.3).</summary>
    [Theory]
    [InlineData("Tue, 24 Nov 2026 10:00:00 GMT", "Tue, 24 Nov 2026 10:30:00 GMT", 30)]
    [InlineData("Sun, 22 Nov 2026 10:00:00 GMT", "Sun, 22 Nov 2026 10:30:00 GMT", 30)]
    [InlineData(null, "Mon, 23 Nov 2026 10:30:00 GMT", 30)]
    [InlineData("today", "Mon, 23 Nov 2026 10:30:00 GMT", 30)]
    [InlineData("Tue, 24 Nov 2026 10:00:00 GMT", "Mon, 23 Nov 2026 10:30:00 GMT", 0)]
    public async Task A_date_to_wait_for_is_no_matter_of_this_machines_clock(string? date, string until, int minutes)
    {
        using var ca = new ScriptedCa();
        (string, string)[] headers = date is null ? [("Retry-After", until)] : [("Date", date), ("Retry-After", until)];
        ca.Intercept = (_, _) => Task.FromResult<HttpResponseMessage?>(ScriptedCa.Json("", HttpStatusCode.ServiceUnavailable, headers));

        var fault = await Assert.ThrowsAsync<AcmeException>(() => ca.Client().GetDirectoryAsync(Ct));

        Assert.Equal(TimeSpan.FromMinutes(minutes), fault.RetryAfter);
    }

    [Fact]
    public async Task Who_waits_for_a_fetch_that_fails_shares_its_failure()
    {
        using var ca = new ScriptedCa();
        var client = ca.Client();
        var asked = 0;
        var gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        ca.Intercept = async (_, ct) =>
        {
            Interlocked.Increment(ref asked);
            await gate.Task.WaitAsync(ct);
            throw new HttpRequestException("refused");
        };

        var waiting = Enumerable.Range(0, 20).Select(_ => client.GetDirectoryAsync(Ct)).ToList();
        gate.SetResult();
        foreach (var request in waiting) Assert.Equal(AcmeFault.Connection, (await Assert.ThrowsAsync<AcmeException>(() => request)).Fault);
        Assert.Equal(1, asked);

        ca.Intercept = null;
        await client.GetDirectoryAsync(Ct);
    }

    [Fact]
    public async Task Who_waits_for_a_fetch_that_is_cancelled_fetches()
    {
        using var ca = new ScriptedCa();
        var client = ca.Client();
        using var cancellation = new CancellationTokenSource();
        ca.Intercept = async (_, ct) =>
        {
            await new TaskCompletionSource().Task.WaitAsync(ct);
            return null;
        };

        var cancelled = client.GetDirectoryAsync(cancellation.Token);
        var waiting = client.GetDirectoryAsync(Ct);
        ca.Intercept = null;
        await cancellation.CancelAsync();

        await Assert.ThrowsAsync<OperationCanceledException>(() => cancelled);
        Assert.NotNull(await waiting);
    }
}
