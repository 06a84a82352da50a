namespace AcmeKestrel.Tests.CommandLine;

/// <summary>A new operator's first step.</summary>
public sealed class InitVerbTests : AccountScene
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task The_terms_are_shown_and_asked_for_before_anything_is_registered(bool withServer)
    {
        Settings.Remove("Acme:AcceptTermsOfService");
        if (withServer) await ServeAsync();

        var nobody = await AcmeAsync("init", "ops@example.com");
        Assert.Equal(2, nobody.Exit);
        Assert.Contains("https://ca.test/terms", nobody.Errors, StringComparison.Ordinal);
        Assert.Equal(1, (await AnsweredAsync("n\n", "init", "ops@example.com")).Exit);
        Assert.Equal((0, withServer), (Registrations, Directory.Exists(State)));

        Assert.Equal(0, (await AnsweredAsync("y\n", "init", "ops@example.com")).Exit);
        Assert.Equal(1, Registrations);
    }

    [Fact]
    public async Task It_makes_the_state_says_what_there_is_and_what_comes_next()
    {
        Settings.Remove("Acme:AcceptTermsOfService");
        Settings.Remove("Acme:Email");

        var said = await AcmeAsync("init", "ops@example.com", "--accept-terms");

        Assert.Equal(0, said.Exit);
        Assert.Contains($"State: {State}", said.Output);
        Assert.Contains("CA: test (https://ca.test/directory)", said.Output);
        Assert.Contains("of ops@example.com (registered now)", said.Text, StringComparison.Ordinal);
        Assert.Contains("CAA: @ IN CAA 0 issue \"ca.test; accounturi=https://ca.test/", said.Text, StringComparison.Ordinal);
        Assert.Contains("Set Acme:Email to ops@example.com", said.Text, StringComparison.Ordinal);
        Assert.Contains("Set Acme:AcceptTermsOfService to true", said.Text, StringComparison.Ordinal);
        Assert.StartsWith("Next: 'acme want <name>'", said.Output[^1], StringComparison.Ordinal);
        if (!OperatingSystem.IsWindows())
        {
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Path.Combine(OnlyFolder, "privkey")));
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(OnlyFolder));
        }
    }

    [Fact]
    public async Task Done_once_more_it_shows_what_is_there_and_asks_nothing()
    {
        Settings.Remove("Acme:AcceptTermsOfService");
        await AcmeAsync("init", "ops@example.com", "--yes");
        var key = KeyPem;

        var again = await AcmeAsync("init", "Ops@Example.com");

        Assert.Equal(0, again.Exit);
        Assert.Contains("it was there already", again.Text, StringComparison.Ordinal);
        Assert.Equal((1, key), (Registrations, KeyPem));
    }

    [Fact]
    public async Task The_orders_of_a_server_use_the_account()
    {
        Settings.Remove("Acme:AcceptTermsOfService");
        await AcmeAsync("init", "ops@example.com", "--yes");
        await ServeAsync();

        Assert.Equal(0, (await AcmeAsync("issue", "shop.test")).Exit);
        Assert.Equal((1, 1), (Registrations, Orders));
    }

    [Theory]
    [InlineData("nobody")]
    [InlineData("a@b@c.test,d@e.test")]
    [InlineData("ops@example.com?cc=x@y.test")]
    public async Task What_is_no_mail_address_gets_no_account(string email)
    {
        var said = await AcmeAsync("init", email, "--yes");

        Assert.Equal(1, said.Exit);
        Assert.Contains("is no mail address", said.Errors, StringComparison.Ordinal);
        Assert.Equal((0, false), (Registrations, Directory.Exists(State)));
    }

    [Fact]
    public async Task A_ca_that_refuses_or_is_not_there_is_said()
    {
        Settings["Acme:Providers:gone:Directory"] = "https://gone.test/directory";
        Assert.Equal(1, (await AcmeAsync("init", "ops@example.com", "--provider", "nobody", "--yes")).Exit);

        Behaviour.Interceptor = (request, next, _) => request.Resource == "new-account" ? throw new IOException("the line is dead") : ValueTask.FromResult(next(request));
        Assert.Equal(1, (await AcmeAsync("init", "ops@example.com", "--yes")).Exit);
    }
}
