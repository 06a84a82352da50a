using AcmeKestrel.LocalCa;
using Microsoft.Extensions.DependencyInjection;

namespace AcmeKestrel.Tests.CommandLine;

/// <summary><c>renew --dry-run</c>: the whole way at the staging directory, and nothing that is stored or served changes.</summary>
public sealed class DryRunTests : CommandScene
{
    public DryRunTests()
    {
        Settings["Acme:Domains:0"] = "shop.test www.shop.test";
        Settings["Acme:Providers:test:Staging"] = "trial";
        Settings["Acme:Providers:trial:Directory"] = "https://staging.test/directory";
    }

    [Theory]
    [InlineData(true, "renew", "shop.test", "--dry-run")]
    [InlineData(false, "renew", "shop.test", "--dry-run")]
    [InlineData(true, "test", "staging", "shop.test")]
    [InlineData(false, "test", "staging")]
    public async Task A_certificate_comes_from_staging_and_goes_to_nobody(bool withServer, params string[] words)
    {
        Assert.Equal(0, (await AcmeAsync("reconcile")).Exit);
        if (withServer) await Certificates(await ServeAsync()).WaitUntilSettledAsync(Token).WaitAsync(Deadline, Token);
        var (before, requests) = (Stored(), Requests.Count);

        var said = await AcmeAsync(words);

        Assert.Equal((0, "shop.test: it would work: trial gave a certificate for shop.test, www.shop.test, validated by tls-alpn-01; it is thrown away"), (said.Exit, Assert.Single(said.Output)));
        Assert.Contains("finalize", StagingRequests);
        Assert.Equal(before, Stored());
        Assert.Equal(requests, Requests.Count);
        Assert.Empty(Directory.GetFiles(Path.Combine(State, "orders")));
        Assert.Contains("test", (await AcmeAsync("status", "shop.test")).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_would_not_work_says_why_and_costs_production_nothing()
    {
        StagingBehaviour.Validator = (probe, _) => ValueTask.FromResult<ChallengeProblem?>(probe.Identifier == "www.shop.test" ? new ChallengeProblem("connection", "nobody is there") : null);

        var said = await AcmeAsync("renew", "shop.test", "--dry-run");

        Assert.Equal(1, said.Exit);
        Assert.StartsWith("shop.test: it would not work: ", said.Text, StringComparison.Ordinal);
        Assert.Contains("nobody is there", said.Text, StringComparison.Ordinal);
        Assert.Equal(2, StagingRequests.Count(resource => resource == "new-order"));
        Assert.Empty(Requests);
        Assert.StartsWith("shop.test: a certificate for shop.test, www.shop.test is ordered", (await AcmeAsync("plan")).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_answer_is_json_where_that_is_asked_for()
    {
        using var good = System.Text.Json.JsonDocument.Parse((await AcmeAsync("renew", "--dry-run", "--json")).Text);
        Assert.True(good.RootElement.GetProperty("certificates")[0].GetProperty("isGood").GetBoolean());

        StagingBehaviour.Validator = (_, _) => ValueTask.FromResult<ChallengeProblem?>(new ChallengeProblem("connection", "nobody is there"));
        using var bad = System.Text.Json.JsonDocument.Parse((await AcmeAsync("test", "staging", "shop.test", "--json")).Text);
        Assert.Contains("nobody is there", bad.RootElement.GetProperty("certificates")[0].GetProperty("problem").ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task One_challenge_type_that_works_is_enough()
    {
        StagingBehaviour.Validator = (probe, _) => ValueTask.FromResult<ChallengeProblem?>(probe.Type == "tls-alpn-01" ? new ChallengeProblem("connection", "the port is closed") : null);

        var said = await AcmeAsync("renew", "--dry-run");

        Assert.Equal(0, said.Exit);
        Assert.Contains("validated by http-01", said.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_ca_without_a_staging_directory_says_which_key_names_one()
    {
        Settings.Remove("Acme:Providers:test:Staging");

        var said = await AcmeAsync("renew", "shop.test", "--dry-run");

        Assert.Equal(1, said.Exit);
        Assert.Contains("Acme:Providers:test:Staging", said.Text, StringComparison.Ordinal);
        Assert.Equal(1, (await AcmeAsync("renew", "nobody.test", "--dry-run")).Exit);
    }

    /// <summary>A CA that is left alone is left alone by everybody.</summary>
    [Fact]
    public async Task A_staging_directory_that_does_not_answer_is_not_asked_again_before_its_pause_is_over()
    {
        Also = services => services.AddSingleton<TimeProvider>(new StoppedClock());
        StagingBehaviour.Interceptor = (request, _, _) =>
        {
            StagingRequests.Enqueue(request.Resource);
            throw new IOException("the line is dead");
        };
        await ServeAsync();
        for (var run = 0; run < 3; run++) Assert.Equal(1, (await AcmeAsync("renew", "shop.test", "--dry-run")).Exit);
        var asked = StagingRequests.Count;

        var said = await AcmeAsync("renew", "shop.test", "--dry-run");

        Assert.Equal(1, said.Exit);
        Assert.Contains("is left alone until", said.Text, StringComparison.Ordinal);
        Assert.Equal(asked, StagingRequests.Count);
    }

    private List<string> Stored() => [.. Directory.EnumerateFiles(Path.Combine(State, "certs"), "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal)];

    /// <summary>Timers run, and no pause passes, however slow the machine is.</summary>
    private sealed class StoppedClock : TimeProvider
    {
        private readonly DateTimeOffset _now = DateTimeOffset.UtcNow;

        public override DateTimeOffset GetUtcNow() => _now;
    }
}
