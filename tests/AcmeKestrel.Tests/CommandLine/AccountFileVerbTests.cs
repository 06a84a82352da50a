using System.Buffers.Text;
using System.Security.Cryptography;

namespace AcmeKestrel.Tests.CommandLine;

/// <summary>Accounts that come from files and go into them.</summary>
public sealed class AccountFileVerbTests : AccountScene
{
    private string Key => Beside("account.pem");

    [Fact]
    public async Task An_export_is_a_file_of_ones_own_that_replaces_none()
    {
        await ExportAsync();

        var text = await File.ReadAllTextAsync(Key, Token);
        Assert.Contains("Directory: https://ca.test/directory\n", text, StringComparison.Ordinal);
        Assert.Contains("Email: ops@example.com\n", text, StringComparison.Ordinal);
        Assert.EndsWith(KeyPem.TrimEnd(), text.TrimEnd(), StringComparison.Ordinal);
        if (!OperatingSystem.IsWindows()) Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Key));

        var again = await AcmeAsync("account", "export", Key);
        Assert.Equal(1, again.Exit);
        Assert.DoesNotContain("PRIVATE KEY", again.Text + again.Errors, StringComparison.Ordinal);
        Assert.Equal(text, await File.ReadAllTextAsync(Key, Token));
        Assert.Equal(1, (await AcmeAsync("account", "export", Beside("other.pem"), "--email", "nobody@example.com")).Exit);
        Assert.False(File.Exists(Beside("other.pem")));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task An_export_is_imported_elsewhere(bool withServer)
    {
        await ExportAsync();
        var (key, registrations) = (KeyPem, Registrations);
        Directory.Delete(State, recursive: true);
        Settings["Acme:Email"] = "somebody@example.com";
        if (withServer) await ServeAsync();

        var said = await AcmeAsync("account", "import", Key);

        Assert.Equal(0, said.Exit);
        Assert.StartsWith("ops@example.com at test: its account is https://ca.test/", said.Output[0], StringComparison.Ordinal);
        Assert.Equal(key.Trim(), KeyPem.Trim());
        Assert.Equal(0, (await AcmeAsync("account", "import", Key)).Exit);
        Assert.Equal(registrations + 2, Registrations);
        Assert.Empty(Directory.GetFiles(Path.Combine(State, "requests")));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_bare_key_finds_its_account(bool asJwk)
    {
        await ExportAsync();
        await File.WriteAllTextAsync(Beside("bare"), asJwk ? Jwk(KeyPem) : KeyPem, Token);
        Directory.Delete(State, recursive: true);

        Assert.Equal(0, (await AcmeAsync("account", "recover", "--key", Beside("bare"))).Exit);
        Assert.Equal(0, (await AcmeAsync("issue", "shop.test")).Exit);

        Assert.Single(Folders);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_key_that_the_ca_does_not_know_leaves_nothing(bool withServer)
    {
        using var stranger = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        await File.WriteAllTextAsync(Key, stranger.ExportPkcs8PrivateKeyPem(), Token);
        if (withServer) await ServeAsync();

        var said = await AcmeAsync("account", "import", Key);

        Assert.Equal(1, said.Exit);
        Assert.Contains("has no account for the key", said.Errors, StringComparison.Ordinal);
        Assert.Empty(Folders);
        Assert.Empty(Directory.GetFiles(Path.Combine(State, "requests")));
    }

    [Fact]
    public async Task An_account_that_is_there_is_not_replaced_by_another_one()
    {
        await ExportAsync();
        Directory.Delete(State, recursive: true);
        Assert.Equal(0, (await AcmeAsync("init", "ops@example.com", "--yes")).Exit);
        var key = KeyPem;

        var said = await AcmeAsync("account", "import", Key);

        Assert.Equal(1, said.Exit);
        Assert.Contains("already, with another key", said.Errors, StringComparison.Ordinal);
        Assert.Equal(key, KeyPem);
        Assert.Equal(0, (await AcmeAsync("account", "import", Key, "--email", "second@example.com")).Exit);
        Assert.Equal(2, Folders.Count);
        Assert.Contains("is the one of the account", (await AcmeAsync("account", "import", Key, "--email", "third@example.com")).Errors, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n")]
    [InlineData("{\"kty\":\"oct\",\"k\":\"AAAA\"}")]
    [InlineData("{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"AA\",\"y\":\"AA\",\"d\":\"AA\"}")]
    [InlineData("{\"kty\":\"RSA\",\"n\":\"AQ\",\"e\":\"AQ\",\"d\":\"AQ\",\"p\":\"AQ\",\"q\":\"AQ\",\"dp\":\"AQ\",\"dq\":\"AQ\",\"qi\":\"AQ\"}")]
    [InlineData("{\"kty\":1}")]
    [InlineData("{")]
    public async Task What_is_no_key_is_said_beside_a_server_and_without(string text)
    {
        await File.WriteAllTextAsync(Key, text, Token);
        Assert.Equal(1, (await AcmeAsync("account", "import", Key)).Exit);
        await ServeAsync();

        var said = await AcmeAsync("account", "import", Key);

        Assert.Equal(1, said.Exit);
        Assert.NotEmpty(said.Errors);
        Assert.Equal(1, (await AcmeAsync("account", "import", Beside("nothing"))).Exit);
        Assert.Equal(1, (await AcmeAsync("account", "import", State)).Exit);
    }

    /// <summary>Whoever waited at it would wait for somebody who writes.</summary>
    [Theory]
    [InlineData("account import")]
    [InlineData("account recover --key")]
    [InlineData("restore ops@example.com --from")]
    public async Task A_pipe_is_no_key_and_is_not_waited_at(string words)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "mkfifo");
        using var made = System.Diagnostics.Process.Start("mkfifo", [Beside("pipe")]);
        await made.WaitForExitAsync(Token);

        var said = await AcmeAsync([.. words.Split(' '), Beside("pipe")]);

        Assert.Equal(1, said.Exit);
        Assert.Contains("is no regular file", said.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_account_of_a_ca_that_is_not_configured_says_which()
    {
        await ExportAsync();
        await File.WriteAllTextAsync(Beside("foreign"), (await File.ReadAllTextAsync(Key, Token)).Replace("https://ca.test/directory", "https://elsewhere.test/dir", StringComparison.Ordinal), Token);

        Assert.Contains("It is an account at https://elsewhere.test/dir", (await AcmeAsync("account", "import", Beside("foreign"))).Errors, StringComparison.Ordinal);
    }

    private async Task ExportAsync()
    {
        Assert.Equal(0, (await AcmeAsync("init", "ops@example.com", "--yes")).Exit);
        Assert.Equal(0, (await AcmeAsync("account", "export", Key)).Exit);
    }

    private static string Jwk(string pem)
    {
        using var key = ECDsa.Create();
        key.ImportFromPem(pem);
        var parameters = key.ExportParameters(includePrivateParameters: true);
        return $$"""{"kty":"EC","crv":"P-256","x":"{{Base64Url.EncodeToString(parameters.Q.X)}}","y":"{{Base64Url.EncodeToString(parameters.Q.Y)}}","d":"{{Base64Url.EncodeToString(parameters.D)}}"}""";
    }
}
