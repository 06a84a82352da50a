using System.Text.Json;
using AcmeKestrel.Tests.Hooks;
using AcmeKestrel.Tests.Serving;
using Microsoft.Extensions.DependencyInjection;

namespace AcmeKestrel.Tests.CommandLine;

/// <summary>Verbs that have something done: by the server where one runs, else by their own process.</summary>
public sealed class WorkVerbTests : CommandScene
{
    [Fact]
    public async Task Without_a_server_a_pass_orders_what_is_missing_by_itself()
    {
        const string Line = "shop.test: validating shop.test by";
        Settings["Acme:Domains:0"] = "shop.test";
        Behaviour.Validator = async (_, _) =>
        {
            await Eventually.TrueAsync(() => Heard.Any(line => line.Contains(Line, StringComparison.Ordinal)));
            return null;
        };

        var first = await AcmeAsync("reconcile");
        Assert.Equal(0, first.Exit);
        Assert.EndsWith("(new)", Assert.Single(first.Output), StringComparison.Ordinal);
        Assert.Contains($"There is no state yet: {State} is made", first.Errors, StringComparison.Ordinal);
        Assert.Contains(Line, first.Errors, StringComparison.Ordinal);

        Assert.Equal(0, (await AcmeAsync("reconcile")).Exit);
        Assert.Equal(1, Orders);
    }

    /// <summary>A command that runs by a timer is all there is: programs that are to be reloaded are told by it.</summary>
    [Fact]
    public async Task Without_a_server_hooks_are_told_before_the_command_ends()
    {
        var hook = new ToldHook("reload", AcmeHookEvent.LiveUpdated);
        Also = services => services.AddSingleton<ICertificateHook>(hook);

        Assert.Equal(0, (await AcmeAsync("issue", "shop.test")).Exit);

        Assert.Equal(["LiveUpdated shop.test"], hook.Told);
    }

    /// <summary>A program that failed once and takes its time: the command that tells it again does not end over it.</summary>
    [Fact]
    public async Task A_hook_that_failed_before_is_waited_for_as_well()
    {
        var (hook, clock, ends) = (new ToldHook("reload", AcmeHookEvent.LiveUpdated) { Answer = _ => Task.FromResult(AcmeHookResult.Failed("no such file")) }, new LateClock(), 0);
        Also = services => services.AddSingleton<ICertificateHook>(hook).AddSingleton<TimeProvider>(clock);
        Assert.Contains("code.reload is not told yet: no such file", (await AcmeAsync("issue", "shop.test")).Errors, StringComparison.Ordinal);

        clock.Late = TimeSpan.FromMinutes(1);
        hook.Answer = async _ =>
        {
            await Task.Delay(TimeSpan.FromMilliseconds(300), Token);
            ends++;
            return AcmeHookResult.Done;
        };
        var said = await AcmeAsync("reconcile");

        Assert.Equal(0, said.Exit);
        Assert.DoesNotContain("is not told yet", said.Errors, StringComparison.Ordinal);
        Assert.Equal((2, 1), (hook.Calls.Count, ends));
    }

    /// <summary>An operator who retries one name wants no other one ordered by the way.</summary>
    [Fact]
    public async Task Without_a_server_only_what_is_asked_for_is_done()
    {
        (Settings["Acme:Domains:0"], Settings["Acme:Domains:1"]) = ("shop.test", "blog.test");

        Assert.Equal(0, (await AcmeAsync("retry", "shop.test")).Exit);

        Assert.Equal(1, Orders);
        Assert.Contains("blog.test: a certificate for blog.test is ordered", (await AcmeAsync("plan")).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_wish_by_a_file_is_ordered_by_the_server_that_runs()
    {
        var server = await ServeAsync();

        var said = await AcmeAsync("issue", "shop.test", "www.shop.test");

        Assert.Equal(0, said.Exit);
        Assert.StartsWith("shop.test: served until ", Assert.Single(said.Output), StringComparison.Ordinal);
        Assert.Contains("The server does it", said.Errors, StringComparison.Ordinal);
        Assert.Equal("shop.test\nwww.shop.test\n", await File.ReadAllTextAsync(Path.Combine(State, "desired", "shop.test"), Token));
        Assert.Equal(AcmeCertificateState.Served, Assert.Single(Certificates(server).List()).State);
        Assert.Equal(1, Orders);
    }

    [Theory]
    [InlineData("::1")]
    [InlineData("127.0.0.1")]
    public async Task An_address_is_issued_like_a_name(string address)
    {
        var said = await AcmeAsync("issue", address);

        Assert.True(said.Exit == 0, said.Errors);
        Assert.StartsWith($"{address}: served until ", Assert.Single(said.Output), StringComparison.Ordinal);
        Assert.Equal(1, Orders);
    }

    /// <summary>Whoever has the state may not have seen the changed file yet, and nobody has asked for what it said before.</summary>
    [Fact]
    public async Task A_wish_that_is_changed_does_not_have_the_former_one_ordered()
    {
        var slow = SlowToSee.Create(new AcmeCertificateStatus("shop.test", ["shop.test", "gone.test"], "test", AcmeCertificateState.Failing) { Origin = "desired/shop.test" }, looks: 3);
        Also = services => services.AddSingleton(slow.Around);

        var said = await AcmeAsync("issue", "shop.test", "--json");

        Assert.Equal(0, said.Exit);
        Assert.Equal([4], slow.RetriedAfter);
    }

    [Fact]
    public async Task A_wish_that_says_more_than_names_is_toml_and_one_file()
    {
        await AcmeAsync("want", "shop.test");

        Assert.Equal(0, (await AcmeAsync("issue", "shop.test", "www.shop.test", "--key-type", "P384", "--challenge", "http-01", "--email", "shop@example.com")).Exit);

        Assert.Equal(["shop.test.toml"], Directory.GetFiles(Path.Combine(State, "desired")).Select(Path.GetFileName));
        Assert.Equal(
            """
            domains = ["shop.test", "www.shop.test"]
            account = "shop@example.com"
            key_type = "P384"
            challenges = ["http-01"]

            """.ReplaceLineEndings("\n"), await File.ReadAllTextAsync(Path.Combine(State, "desired", "shop.test.toml"), Token));
        using var leaf = System.Security.Cryptography.X509Certificates.X509Certificate2.CreateFromPem(await LeafAsync());
        Assert.Equal(384, leaf.PublicKey.GetECDsaPublicKey()!.KeySize);
        Assert.Contains("desired/shop.test.toml", (await AcmeAsync("status", "shop.test")).Text, StringComparison.Ordinal);
        Assert.EndsWith("is removed", (await AcmeAsync("unwant", "shop.test")).Text, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFiles(Path.Combine(State, "desired")));
    }

    [Fact]
    public async Task A_wish_is_taken_back_and_what_is_stored_stays()
    {
        Assert.Equal(0, (await AcmeAsync("issue", "shop.test")).Exit);

        Assert.EndsWith("is removed", Assert.Single((await AcmeAsync("unwant", "shop.test")).Output), StringComparison.Ordinal);
        Assert.Contains("there is no file", (await AcmeAsync("unwant", "shop.test")).Text, StringComparison.Ordinal);

        Assert.Equal(["No certificate is wished."], (await AcmeAsync("status")).Output);
        Assert.True(File.Exists(Path.Combine(State, "certs", "shop.test", "fullchain")));
    }

    [Theory]
    [InlineData("../shop.test")]
    [InlineData("a/b")]
    [InlineData("")]
    [InlineData("bad name")]
    [InlineData("x\0y.test")]
    public async Task What_is_no_name_is_wished_by_nobody(string name)
    {
        var said = await AcmeAsync("want", name);

        Assert.Equal(1, said.Exit);
        Assert.NotEmpty(said.Errors);
        Assert.False(Directory.Exists(State));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_forced_renewal_that_fails_is_told_and_the_good_certificate_is_served_on(bool withServer)
    {
        Settings["Acme:Domains:0"] = "shop.test";
        Assert.Equal(0, (await AcmeAsync("reconcile")).Exit);
        if (withServer) await Certificates(await ServeAsync()).WaitUntilSettledAsync(Token).WaitAsync(Deadline, Token);
        Refuse("shop.test", "a firewall is in the way");

        var said = await AcmeAsync("renew", "shop.test", "--force");

        Assert.True(said.Exit == 1, said.Text + said.Errors);
        Assert.StartsWith("shop.test: served until ", said.Text, StringComparison.Ordinal);
        Assert.Contains("; not renewed: ", said.Text, StringComparison.Ordinal);
        Assert.Contains("a firewall is in the way", said.Text, StringComparison.Ordinal);

        Behaviour.Validator = (_, _) => default;
        Assert.Equal(0, (await AcmeAsync("renew", "shop.test", "--force")).Exit);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_good_certificate_is_renewed_where_it_is_forced(bool withServer)
    {
        Settings["Acme:Domains:0"] = "shop.test";
        Assert.Equal(0, (await AcmeAsync("reconcile")).Exit);
        if (withServer) await Certificates(await ServeAsync()).WaitUntilSettledAsync(Token).WaitAsync(Deadline, Token);

        Assert.Equal(0, (await AcmeAsync("renew", "shop.test")).Exit);
        Assert.Equal(1, Orders);
        Assert.Equal(0, (await AcmeAsync("renew", "shop.test", "--force")).Exit);
        Assert.Equal(2, Orders);
        Assert.Equal(0, (await AcmeAsync("renew")).Exit);
        Assert.Equal(2, Orders);
    }

    [Fact]
    public async Task What_fails_says_so_with_the_reason_and_its_exit_code()
    {
        (Settings["Acme:Domains:0"], Settings["Acme:Domains:1"]) = ("shop.test", "blog.test");
        Refuse("blog.test", "connection refused");

        Assert.Equal(3, (await AcmeAsync("reconcile")).Exit);
        var said = await AcmeAsync("retry", "blog.test");

        Assert.Equal(1, said.Exit);
        Assert.Contains("connection refused", said.Text, StringComparison.Ordinal);
        Assert.Equal(1, (await AcmeAsync("retry", "nobody.test")).Exit);
    }

    [Fact]
    public async Task A_hold_is_kept_and_released()
    {
        Settings["Acme:Domains:0"] = "shop.test";

        Assert.Equal(0, (await AcmeAsync("hold", "shop.test", "--reason", "moving house")).Exit);
        Assert.Contains("moving house", (await AcmeAsync("explain", "shop.test")).Text, StringComparison.Ordinal);
        Assert.Equal(3, (await AcmeAsync("reconcile")).Exit);
        Assert.Equal(0, Orders);

        Assert.Equal(0, (await AcmeAsync("release", "shop.test")).Exit);
        Assert.Equal(1, Orders);
    }

    /// <summary>A key of the configuration may be written in capitals, and so may the word for it.</summary>
    [Fact]
    public async Task A_label_that_is_no_name_is_known_in_whatever_case_it_is_written()
    {
        Settings["Acme:Certificates:My_Shop:Names:0"] = "shop.test";

        Assert.Equal(0, (await AcmeAsync("hold", "My_Shop")).Exit);
        Assert.Contains("on hold", (await AcmeAsync("explain", "MY_SHOP")).Text, StringComparison.Ordinal);
        Assert.Equal(0, (await AcmeAsync("release", "my_shop")).Exit);
        Assert.StartsWith("my_shop: served until ", (await AcmeAsync("status", "My_Shop")).Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("revoke", "shop.test", "--reason", "superseded")]
    [InlineData("rollback", "shop.test")]
    [InlineData("renew", "--force")]
    public async Task What_cannot_be_taken_back_asks_first(params string[] words)
    {
        Settings["Acme:Domains:0"] = "shop.test";
        await AcmeAsync("reconcile");
        await AcmeAsync("renew", "shop.test", "--force");
        var requests = Requests.Count;

        var refused = await AnsweredAsync("n\n", words);
        Assert.Equal((1, "Nothing was done."), (refused.Exit, refused.Error[^1].Split("] ")[^1]));
        Assert.Equal(2, (await AnsweredAsync(null, words)).Exit);
        Assert.Equal(requests, Requests.Count);

        Assert.Equal(0, (await AnsweredAsync("y\n", words)).Exit);
        Assert.Equal(0, (await AcmeAsync([.. words, "--yes"])).Exit);
    }

    [Fact]
    public async Task Going_back_serves_the_certificate_before()
    {
        Settings["Acme:Domains:0"] = "shop.test";
        await AcmeAsync("reconcile");
        var first = await LeafAsync();
        await AcmeAsync("renew", "shop.test", "--force");
        Assert.NotEqual(first, await LeafAsync());

        Assert.Equal(0, (await AcmeAsync("rollback", "shop.test", "--yes")).Exit);

        Assert.Equal(first, await LeafAsync());
    }

    [Fact]
    public async Task The_answer_of_each_is_json_where_that_is_asked_for()
    {
        Settings["Acme:Domains:0"] = "shop.test";

        foreach (var words in new string[][]
        {
            ["want", "blog.test"], ["unwant", "blog.test"], ["issue", "blog.test"], ["reconcile"], ["retry", "shop.test"], ["renew", "shop.test", "--force"], ["hold", "shop.test"], ["release", "shop.test"],
            ["rollback", "shop.test", "--yes"], ["revoke", "shop.test", "--reason", "superseded", "--yes"],
        })
        {
            var said = await AcmeAsync([.. words, "--json"]);
            Assert.Equal(0, said.Exit);
            using var json = JsonDocument.Parse(said.Text);
            Assert.Equal(JsonValueKind.Object, json.RootElement.ValueKind);
        }
    }

    /// <summary>The next command comes later than this one.</summary>
    private sealed class LateClock : TimeProvider
    {
        public TimeSpan Late { get; set; }

        public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + Late;
    }

    private Task<string> LeafAsync() => File.ReadAllTextAsync(Path.Combine(State, "certs", "shop.test", "cert"), Token);
}
