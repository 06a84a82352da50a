using System.Text.Json;
using AcmeKestrel.CommandLine;

namespace AcmeKestrel.Tests.CommandLine;

/// <summary>Verbs on accounts, beside a running server and without one.</summary>
public sealed class AccountVerbTests : AccountScene
{
    [Theory]
    [InlineData("list")]
    [InlineData("show")]
    public async Task Without_a_state_looking_says_so_and_makes_none(string verb)
    {
        var said = await AcmeAsync("account", verb);

        Assert.Equal(1, said.Exit);
        Assert.Contains($"There is no state at {State}", said.Errors, StringComparison.Ordinal);
        Assert.False(Directory.Exists(State));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task An_account_is_shown_with_its_caa_line(bool withServer)
    {
        await InitAsync();
        if (withServer) await ServeAsync();

        var listed = await AcmeAsync("account", "list");
        var shown = await AcmeAsync("account", "show", "--email", "OPS@example.com");

        Assert.StartsWith("ops@example.com at test: https://ca.test/", Assert.Single(listed.Output), StringComparison.Ordinal);
        var url = listed.Text.Split(": ", 2)[1];
        Assert.Contains($"  CAA: @ IN CAA 0 issue \"ca.test; accounturi={url}\"", shown.Output);
        Assert.Contains($"  Key: {Path.GetFileName(OnlyFolder)}", shown.Output);
        Assert.Equal(1, (await AcmeAsync("account", "show", "--email", "nobody@example.com")).Exit);
        Assert.Equal(1, (await AcmeAsync("account", "show", "--provider", "nobody")).Exit);
    }

    [Theory]
    [InlineData("https://ca.test/1;x=y")]
    [InlineData("https://ca.test/1\" ; junk")]
    [InlineData("https://ca.test/\\1")]
    [InlineData(null)]
    public void What_could_write_another_record_into_the_zone_gets_no_line(string? url)
    {
        Assert.Null(CaaLine.Of(["ca.test"], url, out var problem));
        Assert.NotNull(problem);
        Assert.Null(CaaLine.Of(["ca.test\" 0 issue \"evil.test", "x;y", ""], "https://ca.test/1", out _));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_rollover_asks_and_changes_the_key_and_nothing_else(bool withServer)
    {
        Settings["Acme:Domains:0"] = "shop.test";
        Assert.Equal(0, (await AcmeAsync("reconcile")).Exit);
        if (withServer) await Certificates(await ServeAsync()).WaitUntilSettledAsync(Token).WaitAsync(Deadline, Token);
        var (key, url) = (KeyPem, await UrlAsync());

        Assert.Equal(2, (await AcmeAsync("account", "rollover")).Exit);
        var refused = await AnsweredAsync("n\n", "account", "rollover");
        Assert.Equal(1, refused.Exit);
        Assert.Contains("the present one opens nothing any more", refused.Errors, StringComparison.Ordinal);
        Assert.Equal(key, KeyPem);

        var said = await AnsweredAsync("y\n", "account", "rollover");
        Assert.Equal(0, said.Exit);
        Assert.NotEqual(key, KeyPem);
        Assert.Contains($"has the key {Path.GetFileName(OnlyFolder)}", said.Text, StringComparison.Ordinal);
        Assert.Equal((url, 1), (await UrlAsync(), Orders));
        var renewed = await AcmeAsync("renew", "shop.test", "--force");
        Assert.True(renewed.Exit == 0, renewed.Text + renewed.Errors);
        Assert.Equal(1, Directory.GetDirectories(Accounts).Count(folder => folder.Contains('@', StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Deactivation_asks_says_what_follows_and_is_final(bool withServer)
    {
        await InitAsync();
        if (withServer) await ServeAsync();

        var refused = await AnsweredAsync("n\n", "account", "deactivate");
        Assert.Equal(1, refused.Exit);
        Assert.Contains("none is renewed with it", refused.Errors, StringComparison.Ordinal);
        Assert.Equal(0, (await AcmeAsync("account", "deactivate", "--yes")).Exit);

        Assert.EndsWith(", closed", (await AcmeAsync("account", "list")).Text, StringComparison.Ordinal);
        Assert.Contains("CAA: none, since the account is closed", (await AcmeAsync("account", "show")).Text, StringComparison.Ordinal);
        Assert.Contains("was closed here", (await AcmeAsync("init", "ops@example.com", "--yes")).Errors, StringComparison.Ordinal);
        Assert.Equal(1, (await AcmeAsync("account", "recover")).Exit);
        Assert.Equal(0, (await AcmeAsync("account", "deactivate", "--yes")).Exit);
    }

    [Fact]
    public async Task Another_mail_address_is_told_to_the_ca_and_the_old_one_gets_no_account_in_silence()
    {
        Settings["Acme:Domains:0"] = "shop.test";
        Assert.Equal(0, (await AcmeAsync("reconcile")).Exit);
        var (url, key) = (await UrlAsync(), KeyPem);

        var said = await AcmeAsync("account", "update", "--email", "new@example.com");
        Assert.Equal(0, said.Exit);
        Assert.Contains("Set Acme:Email", said.Text, StringComparison.Ordinal);
        Assert.Equal(["mailto:new@example.com"], await ContactAsync());
        Assert.Equal((url, key), (await UrlAsync(), KeyPem));
        Assert.False(Directory.Exists(Path.Combine(Accounts, "ops@example.com", "test")));
        Assert.True(File.Exists(Path.Combine(Accounts, "new@example.com", "test", "privkey")));

        // What a second call finds done is done.
        Assert.Equal(0, (await AcmeAsync("account", "update", "--email", "new@example.com")).Exit);

        var held = await AcmeAsync("renew", "shop.test", "--force");
        Assert.Equal(1, held.Exit);
        Assert.Contains("is the one of new@example.com now", held.Text, StringComparison.Ordinal);
        Assert.Equal((1, 1), (Orders, Folders.Count));

        Settings["Acme:Email"] = "new@example.com";
        Assert.Equal(0, (await AcmeAsync("renew", "shop.test", "--force")).Exit);
        Assert.Equal((2, 1), (Orders, Folders.Count));
    }

    [Fact]
    public async Task Another_mail_address_beside_a_server_is_its_work()
    {
        await InitAsync();
        await InitAsync("other@example.com");
        await ServeAsync();

        Assert.Contains("another account at test for other@example.com", (await AcmeAsync("account", "update", "--email", "other@example.com")).Errors, StringComparison.Ordinal);
        Assert.Contains("is no mail address", (await AcmeAsync("account", "update", "--email", "x@")).Errors, StringComparison.Ordinal);
        Assert.Equal(0, (await AcmeAsync("account", "update", "--email", "new@example.com")).Exit);
        Assert.Contains("new@example.com at test", (await AcmeAsync("account", "list")).Text, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFiles(Path.Combine(State, "requests")));

        // Asked for, the old address gets an account of its own.
        Assert.Equal(0, (await AcmeAsync("init", "ops@example.com", "--yes")).Exit);
        Assert.Equal(3, Folders.Count);
    }

    /// <summary>What a CA's probe is shown is made with the key, and a command brings nobody's order to its end.</summary>
    [Fact]
    public async Task Under_an_order_that_is_being_validated_a_command_without_a_server_does_nothing_and_says_why()
    {
        Settings["Acme:Domains:0"] = "shop.test";
        var probed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var answer = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Behaviour.Validator = async (_, _) =>
        {
            probed.TrySetResult();
            await answer.Task;
            return null;
        };
        var server = await ServeAsync();
        await probed.Task.WaitAsync(Deadline, Token);
        await StopAsync(server);
        var key = KeyPem;

        foreach (var words in new string[][] { ["rollover", "--yes"], ["deactivate", "--yes"], ["update", "--email", "new@example.com"] })
        {
            var said = await AcmeAsync(["account", .. words]);
            Assert.Equal(1, said.Exit);
            Assert.Contains("are being validated", said.Errors, StringComparison.Ordinal);
        }

        Assert.Equal(key, KeyPem);
        answer.SetResult();
        Assert.Equal(0, (await AcmeAsync("reconcile")).Exit);
        Assert.Equal(0, (await AcmeAsync("account", "rollover", "--yes")).Exit);
    }

    [Fact]
    public async Task What_is_not_there_is_said()
    {
        await InitAsync();

        foreach (var verb in new[] { "rollover", "deactivate", "recover" })
        {
            string[] sure = verb == "recover" ? [] : ["--yes"];
            var said = await AcmeAsync(["account", verb, "--email", "nobody@example.com", .. sure]);
            Assert.Equal(1, said.Exit);
            Assert.Contains("no account at test for nobody@example.com", said.Errors, StringComparison.Ordinal);
            Assert.Contains("There is no provider 'elsewhere'", (await AcmeAsync(["account", verb, "--provider", "elsewhere", .. sure])).Errors, StringComparison.Ordinal);
        }
    }

    /// <summary>A web server that has port 443 until it is replaced by this one is no reason to have no account.</summary>
    [Fact]
    public async Task No_endpoint_is_needed()
    {
        using var other = new System.Net.Sockets.TcpListener(System.Net.IPAddress.Loopback, 0);
        other.Start();
        Settings["Kestrel:Endpoints:Https:Url"] = $"https://127.0.0.1:{((System.Net.IPEndPoint)other.LocalEndpoint).Port}";

        await InitAsync();
        Assert.Equal(0, (await AcmeAsync("account", "rollover", "--yes")).Exit);
    }

    [Fact]
    public async Task The_answer_of_each_is_json_where_that_is_asked_for()
    {
        foreach (var words in new string[][]
        {
            ["init", "ops@example.com", "--yes"], ["account", "list"], ["account", "show"], ["account", "rollover", "--yes"], ["account", "recover"], ["account", "export", Beside("key.pem")], ["account", "import", Beside("key.pem")],
            ["account", "update", "--email", "new@example.com"], ["account", "deactivate", "--email", "new@example.com", "--yes"],
        })
        {
            var said = await AcmeAsync([.. words, "--json"]);
            Assert.True(said.Exit == 0, said.Errors);
            using var json = JsonDocument.Parse(said.Text);
            Assert.Contains("thumbprint", json.RootElement.ToString(), StringComparison.Ordinal);
        }
    }

    private async Task InitAsync(string email = "ops@example.com") => Assert.Equal(0, (await AcmeAsync("init", email, "--yes")).Exit);

    private async Task<string> UrlAsync() => (await AcmeAsync("account", "list")).Text.Split(": ", 2)[1];
}
