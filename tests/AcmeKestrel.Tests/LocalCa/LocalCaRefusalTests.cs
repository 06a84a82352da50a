using System.Security.Cryptography;

namespace AcmeKestrel.Tests.LocalCa;

/// <summary>What accounts, orders, challenges and requests for a certificate are refused for, each with its type.</summary>
public sealed class LocalCaRefusalTests : LocalCaRegisteredTests
{
    [Theory]
    [InlineData("{}", "userActionRequired")]
    [InlineData("""{"termsOfServiceAgreed":"yes"}""", "malformed")]
    [InlineData("""{"onlyReturnExisting":true}""", "accountDoesNotExist")]
    [InlineData("""{"termsOfServiceAgreed":true,"contact":["tel:+123"]}""", "unsupportedContact")]
    [InlineData("""{"termsOfServiceAgreed":true,"contact":["mailto:a@shop.test,b@shop.test"]}""", "invalidContact")]
    [InlineData("""{"termsOfServiceAgreed":true,"contact":["mailto:a@shop.test?subject=x"]}""", "invalidContact")]
    [InlineData("""{"termsOfServiceAgreed":true,"termsOfServiceAgreed":true}""", "malformed")]
    [InlineData("""{"termsOfServiceAgreed":true,"contact":["\ud800"]}""", "malformed")]
    [InlineData("""{"termsOfServiceAgreed":true,"\ud800":1}""", "malformed")]
    [InlineData("[]", "malformed")]
    [InlineData("", "malformed")]
    public async Task A_registration_is_refused(string payload, string problem)
    {
        using var client = new TinyAcmeClient(Ca.CreateHandler(), Ca.DirectoryUrl);

        Assert.Equal(problem, (await client.RegisterAsync(payload)).Problem);
    }

    [Fact]
    public async Task An_account_is_found_again_by_its_key()
    {
        var first = Client.Kid;
        Client.Kid = null;
        var again = await Client.RegisterAsync("""{"onlyReturnExisting":true}""");

        Assert.Equal((200, first), (again.Status, again.Header("Location")));
    }

    [Fact]
    public async Task An_account_changes_its_contact_and_ends()
    {
        var changed = await Client.PostAsync(Client.Kid!, """{"contact":["mailto:ops@shop.test"]}""");
        Assert.Equal("mailto:ops@shop.test", (string)changed.Json["contact"]![0]!);
        Assert.Equal("deactivated", (string)(await Client.PostAsync(Client.Kid!, """{"status":"deactivated"}""")).Json["status"]!);

        Assert.Equal((403, "unauthorized"), (await Client.OrderAsync("shop.test")) is var order ? (order.Status, order.Problem) : default);
        Client.Kid = null;
        Assert.Equal("unauthorized", (await Client.RegisterAsync()).Problem);
    }

    [Theory]
    [InlineData("example.com")]
    [InlineData("foo.*.test")]
    [InlineData("*.test")]
    [InlineData("Shop.test")]
    [InlineData("shop.test.")]
    [InlineData("test")]
    [InlineData("nottest")]
    [InlineData("münchen.test")]
    [InlineData("-a.test")]
    [InlineData("192.0.2.1")]
    [InlineData("127.1")]
    [InlineData("0:0:0:0:0:0:0:1")]
    [InlineData("::ffff:127.0.0.1")]
    public async Task A_name_of_the_world_is_rejected_and_named(string name)
    {
        var reply = await Client.OrderAsync("shop.test", name);

        Assert.Equal("rejectedIdentifier", reply.Problem);
        Assert.Equal(name, (string)Assert.Single(reply.Json["subproblems"]!.AsArray())!["identifier"]!["value"]!);
    }

    [Fact]
    public async Task A_wildcard_is_rejected_where_dns_01_is_not_offered()
    {
        Options.OfferDns01 = false;
        var reply = await Client.OrderAsync("*.shop.test");

        Assert.Equal("rejectedIdentifier", reply.Problem);
        Assert.Contains("dns-01", reply.Body, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"identifiers":[]}""", "malformed")]
    [InlineData("""{}""", "malformed")]
    [InlineData("""{"identifiers":[{"type":"mail","value":"a@shop.test"}]}""", "unsupportedIdentifier")]
    [InlineData("""{"identifiers":[{"type":"dns","value":"127.0.0.1"}]}""", "rejectedIdentifier")]
    [InlineData("""{"identifiers":[{"type":"dns","value":"shop.test"}],"notAfter":"2030-01-01T00:00:00Z"}""", "malformed")]
    [InlineData("""{"identifiers":[{"type":"dns","value":"shop.test"}],"profile":"classic"}""", "invalidProfile")]
    public async Task An_order_is_refused(string payload, string problem) =>
        Assert.Equal(problem, (await Client.PostAsync(await Client.UrlAsync("newOrder"), payload)).Problem);

    [Fact]
    public async Task Names_that_come_twice_are_one() =>
        Assert.Single((await Client.OrderAsync("shop.test", "shop.test")).Json["authorizations"]!.AsArray());

    [Fact]
    public async Task A_challenge_is_started_once_and_with_an_empty_object()
    {
        var order = await Client.OrderAsync("shop.test");
        var authorization = await Client.ReadAsync((string)order.Json["authorizations"]![0]!);
        var challenge = (string)authorization.Json["challenges"]![0]!["url"]!;

        Assert.Equal("malformed", (await Client.PostAsync(challenge, """{"keyAuthorization":"x"}""")).Problem);
        Assert.Equal("pending", (string)(await Client.ReadAsync(challenge)).Json["status"]!);
        Assert.Equal(200, (await Client.PostAsync(challenge, "{}")).Status);
        Assert.Equal("malformed", (await Client.PostAsync(challenge, "{}")).Problem);
    }

    [Fact]
    public async Task Reading_needs_an_empty_payload()
    {
        var order = await Client.OrderAsync("shop.test");

        Assert.Equal("malformed", (await Client.PostAsync(order.Header("Location")!, "{}")).Problem);
        var get = await Client.SendAsync(new HttpRequestMessage(HttpMethod.Get, order.Header("Location")));
        Assert.Equal((405, "malformed"), (get.Status, get.Problem));
    }

    [Fact]
    public async Task What_belongs_to_another_account_is_not_shown()
    {
        var order = await Client.OrderAsync("shop.test");
        using var stranger = new TinyAcmeClient(Ca.CreateHandler(), Ca.DirectoryUrl);
        await stranger.RegisterAsync();

        foreach (var url in new[] { order.Header("Location")!, (string)order.Json["authorizations"]![0]!, Client.Kid! })
            Assert.Equal((403, "unauthorized"), (await stranger.ReadAsync(url)) is var reply ? (reply.Status, reply.Problem) : default);
        Assert.Equal(404, (await stranger.ReadAsync("https://ca.test/order/none")).Status);
    }

    [Fact]
    public async Task An_order_that_is_not_ready_is_not_finalized()
    {
        var order = await Client.OrderAsync("shop.test");
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);

        var reply = await Client.FinalizeAsync(order, TinyAcmeClient.Csr(key, ["shop.test"]));
        Assert.Equal((403, "orderNotReady"), (reply.Status, reply.Problem));
    }

    [Fact]
    public async Task A_request_that_does_not_fit_its_order_is_refused_and_the_order_stays_ready()
    {
        var order = await Client.OrderAsync("shop.test", "www.shop.test");
        await Client.ProveAsync(order, "http-01", (_, _) => { });
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var weak = RSA.Create(1024);
        using var p521 = ECDsa.Create(ECCurve.NamedCurves.nistP521);
        string[] names = ["shop.test", "www.shop.test"];
        var broken = TinyAcmeClient.Csr(key, names);
        broken[^1] ^= 1;

        byte[][] bad =
        [
            TinyAcmeClient.Csr(key, ["shop.test"]),
            TinyAcmeClient.Csr(key, [.. names, "more.shop.test"]),
            TinyAcmeClient.Csr(key, ["shop.test", "shop.test"]),
            TinyAcmeClient.Csr(key, ["shop.test", "127.0.0.1"]),
            TinyAcmeClient.Csr(key, names, commonName: "other.test"),
            TinyAcmeClient.Csr(Client.Key, names),
            TinyAcmeClient.Csr(weak, names),
            TinyAcmeClient.Csr(p521, names),
            broken,
            [0x30, 0x00],
        ];
        foreach (var csr in bad) Assert.Equal("badCSR", (await Client.FinalizeAsync(order, csr)).Problem);

        var reply = await Client.FinalizeAsync(order, TinyAcmeClient.Csr(key, names, commonName: "shop.test"));
        Assert.Equal("valid", (string)reply.Json["status"]!);
    }

    /// <summary>RFC 5480 section 2.1.1 rules such keys out. The platform's parser takes them and then has no name for their curve.</summary>
    [Fact]
    public async Task A_key_that_spells_its_curve_out_is_refused()
    {
        // openssl ecparam -name prime256v1 -genkey -param_enc explicit, then openssl req -new -subj / -addext subjectAltName=DNS:shop.test
        const string Request = """
        MIIB1zCCAX0CAQAwADCCAUswggEDBgcqhkjOPQIBMIH3AgEBMCwGByqGSM49AQECIQD/////AAAAAQAAAAAAAAAAAAAAAP///////////////zBbBCD/////AAAAAQAAAAAAAAAAAAAAAP////////
        ///////AQgWsY12Ko6k+ez671VdpiGvGUdBrDMU7D2O848PifSYEsDFQDEnTYIhucEk2pmeOETnSa3gZ9+kARBBGsX0fLhLEJH+Lzm5WOkQPJ3A32BLeszoPShOUXYmMKWT+NC4v4af5uO5+tKfA+e
        FivOM1drMV7Oy7ZAaDe/UfUCIQD/////AAAAAP//////////vOb6racXnoTzucrC/GMlUQIBAQNCAATUFXq365xdjL2ROWOYwj4iZWCg48c2MUY4zKdn3ZgbtXez5fx5QoicJ5X2bLEYzYidZpe506
        lB+0G5u3ITAlMToCcwJQYJKoZIhvcNAQkOMRgwFjAUBgNVHREEDTALgglzaG9wLnRlc3QwCgYIKoZIzj0EAwIDSAAwRQIhAOr/4adDIfasuwEddlauqESpJqdoMXpCYXsdJE5BMkIlAiA3hD0mqazz
        PCxDFbuV/L1UV4myeC72iMscFD6vv/4rAQ==
        """;
        var order = await Client.OrderAsync("shop.test");
        await Client.ProveAsync(order, "http-01", (_, _) => { });

        var reply = await Client.FinalizeAsync(order, Convert.FromBase64String(Request));
        Assert.Equal((400, "badCSR"), (reply.Status, reply.Problem));
    }
}
