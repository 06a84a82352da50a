using System.Text.Json;

namespace AcmeKestrel.Tests.CommandLine;

/// <summary>Verbs that look: at a server where one runs, else at the state, and that change nothing.</summary>
public sealed class LookVerbTests : CommandScene
{
    [Theory]
    [InlineData("status", 1)]
    [InlineData("plan", 1)]
    [InlineData("check", 2)]
    public async Task Without_a_state_they_say_so_and_make_none(string verb, int exit)
    {
        var said = await AcmeAsync(verb);

        Assert.Equal(exit, said.Exit);
        Assert.Contains($"There is no state at {State}", said.Errors, StringComparison.Ordinal);
        Assert.False(Directory.Exists(State));
    }

    /// <summary>A folder that no server reads would swallow the wish.</summary>
    [Fact]
    public async Task A_wish_that_makes_the_state_says_so()
    {
        var first = await AcmeAsync("want", "shop.test");
        Assert.Equal(0, first.Exit);
        Assert.Contains($"There is no state yet: {State} is made.", first.Errors, StringComparison.Ordinal);

        Assert.Equal(0, (await AcmeAsync("reconcile")).Exit);
        Assert.Empty((await AcmeAsync("want", "blog.test")).Errors);
    }

    [Fact]
    public async Task What_is_wished_and_missing_is_due()
    {
        Settings["Acme:Domains:0"] = "shop.test www.shop.test";
        await AcmeAsync("want", "blog.test");
        await StopAsync(await ServeDisabledAsync());

        Assert.Equal(["blog.test: a certificate for blog.test is ordered from test, since no certificate yet", "shop.test: a certificate for shop.test, www.shop.test is ordered from test, since no certificate yet"], (await AcmeAsync("plan")).Output);
        var check = await AcmeAsync("check");
        Assert.Equal((1, "0 of 2 certificates are current."), (check.Exit, check.Output[^1]));
        Assert.Empty(Requests);
    }

    [Fact]
    public async Task A_server_is_asked_for_what_it_serves()
    {
        Settings["Acme:Domains:0"] = "shop.test";
        await Certificates(await ServeAsync()).WaitUntilSettledAsync(Token).WaitAsync(Deadline, Token);

        var all = await AcmeAsync("status");
        Assert.Equal(0, all.Exit);
        Assert.StartsWith("shop.test: served until ", Assert.Single(all.Output), StringComparison.Ordinal);
        Assert.Contains($"process {Environment.ProcessId}", all.Errors, StringComparison.Ordinal);

        var one = await AcmeAsync("status", "shop.test");
        Assert.Contains(one.Output, line => line.StartsWith("  SHA-256: ", StringComparison.Ordinal));
        Assert.Equal(1, (await AcmeAsync("status", "nobody.test")).Exit);
        Assert.Equal((0, "1 of 1 certificates are current."), ((await AcmeAsync("check")).Exit, (await AcmeAsync("check")).Text));
    }

    [Fact]
    public async Task Where_no_server_runs_the_state_says_the_same()
    {
        Settings["Acme:Domains:0"] = "shop.test";
        var server = await ServeAsync();
        await Certificates(server).WaitUntilSettledAsync(Token).WaitAsync(Deadline, Token);
        var (live, requests) = (await AcmeAsync("status"), Requests.Count);
        await StopAsync(server);

        var stored = await AcmeAsync("status");

        Assert.Equal(live.Output, stored.Output);
        Assert.Contains("No server runs", stored.Errors, StringComparison.Ordinal);
        Assert.StartsWith("shop.test: nothing to do before its renewal", (await AcmeAsync("plan")).Text, StringComparison.Ordinal);
        Assert.Equal(0, (await AcmeAsync("check")).Exit);
        Assert.Equal(requests, Requests.Count);
    }

    [Fact]
    public async Task A_failure_is_explained_with_what_to_do_whether_or_not_the_server_runs()
    {
        Refuse("shop.test", "connection refused");
        Settings["Acme:Domains:0"] = "shop.test";
        var server = await ServeAsync();
        await Certificates(server).WaitUntilSettledAsync(Token).WaitAsync(Deadline, Token);

        foreach (var explained in new[] { await AcmeAsync("explain", "shop.test"), await StoppedAsync() })
        {
            Assert.Equal(0, explained.Exit);
            Assert.Equal("Acme:Domains:0 wishes a certificate for shop.test from test.", explained.Output[0]);
            Assert.Equal("There is no certificate yet.", explained.Output[1]);
            Assert.Contains("connection refused", explained.Text, StringComparison.Ordinal);
            Assert.Contains("'acme retry shop.test'", explained.Text, StringComparison.Ordinal);
        }

        async Task<Said> StoppedAsync()
        {
            await StopAsync(server);
            Assert.Equal(2, (await AcmeAsync("check")).Exit);
            return await AcmeAsync("explain", "shop.test");
        }
    }

    [Fact]
    public async Task A_certificate_is_found_by_any_of_its_names()
    {
        Settings["Acme:Domains:0"] = "shop.test www.shop.test";
        await StopAsync(await ServeDisabledAsync());

        Assert.Contains("shop.test, www.shop.test", (await AcmeAsync("explain", "www.shop.test")).Output[0], StringComparison.Ordinal);
        var unknown = await AcmeAsync("explain", "nobody.test");
        Assert.Equal(1, unknown.Exit);
        Assert.Contains("'acme want nobody.test' wishes it", unknown.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_internationalised_name_is_found_by_either_form_and_shown_in_both()
    {
        const string Both = "xn--bcher-kva.test (bücher.test)";
        Settings["Acme:Domains:0"] = "Bücher.test shop.test";
        var server = await ServeAsync();
        await Certificates(server).WaitUntilSettledAsync(Token).WaitAsync(Deadline, Token);

        Assert.StartsWith($"{Both}: served until ", (await AcmeAsync("status")).Text, StringComparison.Ordinal);
        Assert.Contains($"  names: {Both}, shop.test", (await AcmeAsync("status", "bücher.test")).Output);
        Assert.Contains($"a certificate for {Both}, shop.test", (await AcmeAsync("explain", "BÜCHER.test")).Text, StringComparison.Ordinal);
        Assert.StartsWith($"{Both}: nothing to do", (await AcmeAsync("plan")).Text, StringComparison.Ordinal);
        using var json = JsonDocument.Parse((await AcmeAsync("status", "--json")).Text);
        var certificate = json.RootElement.GetProperty("certificates")[0];
        Assert.Equal(["xn--bcher-kva.test", "shop.test"], certificate.GetProperty("names").EnumerateArray().Select(name => name.GetString()!));
        Assert.Equal("bücher.test", Assert.Single(certificate.GetProperty("unicodeNames").EnumerateObject(), name => name.Name == "xn--bcher-kva.test").Value.GetString());
        Assert.Equal(0, (await AcmeAsync("retry", "bücher.test")).Exit);
    }

    [Fact]
    public async Task An_order_that_a_kill_left_is_in_the_plan()
    {
        Settings["Acme:Domains:0"] = "shop.test";
        Behaviour.Interceptor = (request, next, _) => request.Resource == "finalize" ? throw new IOException("the line is dead") : ValueTask.FromResult(next(request));
        var server = await ServeAsync();
        await Certificates(server).WaitUntilSettledAsync(Token).WaitAsync(Deadline, Token);
        await StopAsync(server);

        Assert.Contains("shop.test: it waits, since test does not answer as it should", (await AcmeAsync("plan")).Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("status")]
    [InlineData("plan")]
    [InlineData("check")]
    [InlineData("explain", "shop.test")]
    public async Task Json_is_all_that_is_on_standard_output(params string[] words)
    {
        Settings["Acme:Domains:0"] = "shop.test";
        await Certificates(await ServeAsync()).WaitUntilSettledAsync(Token).WaitAsync(Deadline, Token);

        var said = await AcmeAsync([.. words, "--json"]);

        Assert.Equal(0, said.Exit);
        using var json = JsonDocument.Parse(said.Text);
        Assert.Contains("shop.test", json.RootElement.ToString(), StringComparison.Ordinal);
    }

    /// <summary>A state that was opened once, and where nothing is ordered.</summary>
    private async Task<Microsoft.AspNetCore.Builder.WebApplication> ServeDisabledAsync()
    {
        Settings["Acme:Enabled"] = "false";
        var server = await ServeAsync();
        Settings.Remove("Acme:Enabled");
        return server;
    }
}
