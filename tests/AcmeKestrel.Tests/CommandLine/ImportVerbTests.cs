using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using AcmeKestrel.Certificates;
using AcmeKestrel.CommandLine;
using AcmeKestrel.CommandLine.Importing;
using AcmeKestrel.Tests.Certificates;

namespace AcmeKestrel.Tests.CommandLine;

/// <summary>What other clients have is taken over without an order, beside a server and without one.</summary>
public sealed class ImportVerbTests : ImportScene
{
    [Theory]
    [InlineData("certbot", false)]
    [InlineData("certbot", true)]
    [InlineData("lego", false)]
    [InlineData("lego", true)]
    [InlineData("acmetool", false)]
    public async Task A_certificate_is_served_and_renewed_without_an_order(string client, bool withServer)
    {
        var (chain, key, account) = await OrderElsewhereAsync("shop.test", "www.shop.test");
        if (client == "certbot") AsCertbot("shop.test", chain, key);
        else if (client == "lego") AsLego("shop.test", chain, key, account);
        else AsAcmetool("shop.test", chain, key, account);
        if (withServer) await ServeAsync();

        var said = await AcmeAsync("import", client, "--from", Foreign);

        Assert.True(said.Exit == 0, said.Text + said.Errors);
        Assert.Contains("shop.test (shop.test, www.shop.test, valid until", said.Text, StringComparison.Ordinal);
        Assert.Contains("taken over; renewed, since ", said.Text, StringComparison.Ordinal);
        if (withServer) Assert.Contains("The server does it", said.Errors, StringComparison.Ordinal);
        Assert.Equal("shop.test\nwww.shop.test\n", await File.ReadAllTextAsync(Path.Combine(State, "desired", "shop.test"), Token));
        Assert.Equal(chain, await File.ReadAllTextAsync(Path.Combine(State, "certs", "shop.test", "fullchain"), Token));
        Assert.Equal(key, await File.ReadAllTextAsync(Path.Combine(State, "certs", "shop.test", "privkey"), Token));
        if (client != "certbot") Assert.Equal(account, await File.ReadAllTextAsync(Assert.Single(Directory.GetFiles(Path.Combine(State, "accounts", "ca.test_directory"), "privkey", SearchOption.AllDirectories)), Token));

        var left = Left();
        said = await AcmeAsync("import", client, "--from", Foreign);
        Assert.True(said.Exit == 0, said.Text + said.Errors);
        Assert.Contains("nothing to do: it is here already", said.Text, StringComparison.Ordinal);
        Assert.Equal(left, Left());
        Assert.Equal(0, (await AcmeAsync("reconcile")).Exit);
        Assert.Equal(0, (await AcmeAsync("check")).Exit);
        Assert.Equal(1, Orders);
    }

    [Fact]
    public async Task A_dry_run_says_what_would_be_done_and_makes_no_state()
    {
        var (chain, key, account) = await OrderElsewhereAsync("shop.test");
        AsLego("shop.test", chain, key, account);
        var asked = Requests.Count;

        var said = await AcmeAsync("import", "lego", "--from", Foreign, "--dry-run", "--json");

        Assert.True(said.Exit == 0, said.Text + said.Errors);
        var answer = JsonSerializer.Deserialize(said.Text, AnswersJson.Default.ImportAnswer)!;
        Assert.True(answer.IsDryRun);
        Assert.Equal(AcmeImportOutcome.Imported, Assert.Single(answer.Certificates).Outcome);
        Assert.Equal(AcmeImportOutcome.Imported, Assert.Single(answer.Accounts).Outcome);
        Assert.False(Directory.Exists(State));
        Assert.Equal(asked, Requests.Count);

        Assert.Equal(0, (await AcmeAsync("import", "lego", "--from", Foreign)).Exit);
        var left = Left();
        answer = JsonSerializer.Deserialize((await AcmeAsync("import", "lego", "--from", Foreign, "--dry-run", "--json")).Text, AnswersJson.Default.ImportAnswer)!;
        Assert.Equal(AcmeImportOutcome.Present, Assert.Single(answer.Certificates).Outcome);
        Assert.Equal(AcmeImportOutcome.Present, Assert.Single(answer.Accounts).Outcome);
        Assert.Equal(left, Left());
    }

    [Fact]
    public async Task An_account_is_here_already_whichever_name_its_CA_has()
    {
        var (chain, key, account) = await OrderElsewhereAsync("shop.test");
        AsLego("shop.test", chain, key, account);
        Settings["Acme:Providers:alias:Directory"] = Settings["Acme:Providers:test:Directory"];
        Assert.Equal(0, (await AcmeAsync("import", "lego", "--from", Foreign)).Exit);

        var answer = JsonSerializer.Deserialize((await AcmeAsync("import", "lego", "--from", Foreign, "--dry-run", "--json")).Text, AnswersJson.Default.ImportAnswer)!;

        Assert.Equal(AcmeImportOutcome.Present, Assert.Single(answer.Accounts).Outcome);
    }

    /// <summary>Nobody knows its order, and certbot's account is not here: its own key signs.</summary>
    [Theory]
    [InlineData("superseded", false)]
    [InlineData("keyCompromise", false)]
    [InlineData("keyCompromise", true)]
    public async Task What_was_imported_can_be_revoked(string reason, bool withAccount)
    {
        var (chain, key, account) = await OrderElsewhereAsync("shop.test");
        if (withAccount) AsLego("shop.test", chain, key, account);
        else AsCertbot("shop.test", chain, key);
        Assert.Equal(0, (await AcmeAsync("import", withAccount ? "lego" : "certbot", "--from", Foreign)).Exit);

        var said = await AcmeAsync("revoke", "shop.test", "--reason", reason, "--yes");

        Assert.True(said.Exit == 0, said.Text + said.Errors);
        Assert.Contains("revoke-cert", Requests);
        Assert.NotEqual(chain, await File.ReadAllTextAsync(Path.Combine(State, "certs", "shop.test", "fullchain"), Token));

        // What is revoked does not come back by another import.
        said = await AcmeAsync("import", withAccount ? "lego" : "certbot", "--from", Foreign);
        Assert.DoesNotContain(": taken over", said.Text.Split('\n').First(line => line.StartsWith("shop.test", StringComparison.Ordinal)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_newer_certificate_stays()
    {
        var (chain, key, _) = await OrderElsewhereAsync("shop.test");
        AsLego("shop.test", chain, key);
        Assert.Equal(0, (await AcmeAsync("issue", "shop.test")).Exit);
        var present = await File.ReadAllTextAsync(Path.Combine(State, "certs", "shop.test", "fullchain"), Token);

        var said = await AcmeAsync("import", "lego", "--from", Foreign);

        Assert.True(said.Exit == 0, said.Text + said.Errors);
        Assert.Contains("left where it is: a newer one is here", said.Text, StringComparison.Ordinal);
        Assert.Equal(present, await File.ReadAllTextAsync(Path.Combine(State, "certs", "shop.test", "fullchain"), Token));
    }

    [Fact]
    public async Task Names_that_are_wished_already_are_that_labels_and_no_file_is_written()
    {
        var (chain, key, _) = await OrderElsewhereAsync("shop.test", "www.shop.test");
        AsLego("shop.test", chain, key);
        (Settings["Acme:Certificates:shop:Names:0"], Settings["Acme:Certificates:shop:Names:1"]) = ("www.shop.test", "shop.test");

        var said = await AcmeAsync("import", "lego", "--from", Foreign);

        Assert.True(said.Exit == 0, said.Text + said.Errors);
        Assert.StartsWith("shop (", said.Output[0], StringComparison.Ordinal);
        Assert.False(Directory.Exists(Path.Combine(State, "desired")) && Directory.GetFiles(Path.Combine(State, "desired")).Length > 0);
        Assert.Equal(0, (await AcmeAsync("reconcile")).Exit);
        Assert.Equal(1, Orders);
    }

    /// <summary>Somebody wishes one of its names: the other one would be renewed by nobody.</summary>
    [Theory]
    [InlineData("shop.test")]
    [InlineData("site")]
    public async Task Names_that_nobody_wishes_are_wished_though_others_are(string label)
    {
        var (chain, key, _) = await OrderElsewhereAsync("shop.test", "blog.test");
        AsLego("shop.test", chain, key);
        Settings[$"Acme:Certificates:{label}:Names:0"] = "shop.test";

        var plan = await AcmeAsync("import", "lego", "--from", Foreign, "--dry-run");
        var said = await AcmeAsync("import", "lego", "--from", Foreign);

        Assert.True(said.Exit == 0, said.Text + said.Errors);
        var file = Path.Combine(State, "desired", "blog.test");
        Assert.Contains($"would be taken over; nobody wished blog.test before; renewed, since {file} would wish", plan.Text, StringComparison.Ordinal);
        Assert.Contains($"taken over; nobody wished blog.test before; renewed, since {file} wishes it", said.Text, StringComparison.Ordinal);
        Assert.Equal("blog.test\n", await File.ReadAllTextAsync(file, Token));
        Assert.Contains("nothing to do: it is here already; renewed, since", (await AcmeAsync("import", "lego", "--from", Foreign)).Text, StringComparison.Ordinal);
        Assert.Equal(0, (await AcmeAsync("reconcile")).Exit);
        Assert.Equal(2, Orders);
    }

    /// <summary>Its label is nobody's, and its first name another certificate's that has more names: it keeps all of its own, and nothing is ordered for them.</summary>
    [Fact]
    public async Task Names_of_which_some_are_part_of_a_larger_wish_stay_one_certificate()
    {
        var (chain, key, _) = await OrderElsewhereAsync("shop.test", "blog.test");
        AsLego("shop.test", chain, key);
        (Settings["Acme:Certificates:site:Names:0"], Settings["Acme:Certificates:site:Names:1"]) = ("shop.test", "more.test");

        var said = await AcmeAsync("import", "lego", "--from", Foreign);

        Assert.True(said.Exit == 0, said.Text + said.Errors);
        Assert.Contains($"nobody wished blog.test before; renewed, since {Path.Combine(State, "desired", "shop.test")} wishes it", said.Text, StringComparison.Ordinal);
        Assert.Equal(0, (await AcmeAsync("reconcile")).Exit);
        Assert.Equal(2, Orders);
    }

    [Fact]
    public async Task The_key_type_and_the_names_stay_what_they_are()
    {
        var (chain, key, _) = await OrderElsewhereAsync("www.shop.test", "--key-type", "P384");
        AsLego("www.shop.test", chain, key);
        var names = CertificateOf(chain);

        Assert.Equal(0, (await AcmeAsync("import", "lego", "--from", Foreign)).Exit);

        var wish = await File.ReadAllTextAsync(Path.Combine(State, "desired", "www.shop.test.toml"), Token);
        Assert.Contains("key_type = \"P384\"", wish, StringComparison.Ordinal);
        Assert.Equal(!names.Contains("shop.test"), wish.Contains("include_bare_domain = false", StringComparison.Ordinal));
        Assert.Equal(0, (await AcmeAsync("reconcile")).Exit);
        Assert.Equal(1, Orders);
    }

    [Fact]
    public async Task What_cannot_be_used_is_told_by_its_file_and_the_rest_is_taken_over()
    {
        var (chain, key, _) = await OrderElsewhereAsync("shop.test");
        AsCertbot("good.test", chain, key);
        AsCertbot("broken.test", "-----BEGIN CERTIFICATE-----\nnothing\n-----END CERTIFICATE-----\n", key);
        AsCertbot("keyless.test", chain, "no key");
        AsCertbot("other.test", chain, CertificateKey.ToPem(CertificateKey.Create(AcmeKeyType.P256)));
        AsCertbot("huge.test", new string('x', 300_000), key);
        AsCertbot("bad name", chain, key);
        AsCertbot("out.test", chain, key);
        File.Delete(Path.Combine(Foreign, "live", "out.test", "privkey.pem"));
        Link(["live", "out.test", "privkey.pem"], "/etc/passwd");
        AsCertbot("loop.test", chain, key);
        File.Delete(Path.Combine(Foreign, "archive", "loop.test", "privkey1.pem"));
        Link(["archive", "loop.test", "privkey1.pem"], "privkey1.pem");

        var said = await AcmeAsync("import", "certbot", "--from", Foreign);

        Assert.Equal(3, said.Exit);
        Assert.Contains("good.test (shop.test, valid until", said.Text, StringComparison.Ordinal);
        Assert.Contains("broken.test", said.Text, StringComparison.Ordinal);
        Assert.Contains("There is no unencrypted private key", said.Text, StringComparison.Ordinal);
        Assert.Contains("The certificate is for another key than ours.", said.Text, StringComparison.Ordinal);
        Assert.Contains($"{Path.Combine(Foreign, "live", "huge.test", "fullchain.pem")}: has 300000 bytes", said.Text, StringComparison.Ordinal);
        Assert.Contains($"{Path.Combine(Foreign, "live", "out.test", "privkey.pem")}: leads out of {Foreign}", said.Text, StringComparison.Ordinal);
        Assert.Contains("its links have no end", said.Text, StringComparison.Ordinal);
        Assert.Equal(["good.test"], Directory.GetFiles(Path.Combine(State, "desired")).Select(Path.GetFileName));
        Assert.Equal(1, Orders);
    }

    /// <summary>A certificate that nobody wishes is served to its end and then missing: that is no success, and no reason to leave out the next one.</summary>
    [Fact]
    public async Task Where_no_wish_can_be_written_each_is_taken_over_and_says_so()
    {
        var (chain, key, _) = await OrderElsewhereAsync("shop.test");
        AsCertbot("a.test", chain, key);
        AsCertbot("b.test", chain, key);
        Directory.CreateDirectory(State);
        await File.WriteAllTextAsync(Path.Combine(State, "desired"), "a file", Token);

        var said = await AcmeAsync("import", "certbot", "--from", Foreign);

        Assert.Equal(1, said.Exit);
        Assert.Equal(2, said.Output.Count(line => line.Contains("taken over; nobody wishes it, so it is not renewed: ", StringComparison.Ordinal)));
        Assert.True(File.Exists(Path.Combine(State, "certs", "b.test", "fullchain")));
    }

    [Fact]
    public async Task A_pipe_in_the_place_of_a_file_is_waited_for_by_nobody()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "mkfifo");
        var (chain, key, _) = await OrderElsewhereAsync("shop.test");
        AsLego("shop.test", chain, key);
        File.Delete(Path.Combine(Foreign, "certificates", "shop.test.key"));
        using var made = System.Diagnostics.Process.Start("mkfifo", [Path.Combine(Foreign, "certificates", "shop.test.key")]);
        await made.WaitForExitAsync(Token);

        var said = await AcmeAsync("import", "lego", "--from", Foreign);

        Assert.Equal(1, said.Exit);
        Assert.Contains("is no regular file", said.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_CA_that_nobody_configured_is_named()
    {
        var (chain, key, account) = await OrderElsewhereAsync("shop.test");
        AsAcmetool("shop.test", chain, key, account);
        Settings["Acme:Providers:test:Directory"] = "https://other.test/directory";

        var said = await AcmeAsync("import", "acmetool", "--from", Foreign);

        Assert.Equal(1, said.Exit);
        Assert.Contains("has the directory 'https://ca.test/directory': set Acme:Providers:<name>:Directory", said.Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("certbot")]
    [InlineData("lego")]
    [InlineData("acmetool")]
    public async Task An_empty_folder_or_none_is_an_error_that_says_so(string client)
    {
        Assert.Contains("--from names another folder", (await AcmeAsync("import", client, "--from", Foreign)).Errors, StringComparison.Ordinal);
        var said = await AcmeAsync("import", client, "--from", Path.Combine(Foreign, "none"));
        Assert.Equal(1, said.Exit);
        Assert.Contains("There is no folder", said.Errors, StringComparison.Ordinal);
        Assert.False(Directory.Exists(State));
    }

    [Fact]
    public void What_still_renews_is_named_with_what_ends_it()
    {
        Write(["etc", "cron.d", "certbot"], "SHELL=/bin/sh\n# certbot by systemd\n0 */12 * * * root certbot -q renew\n");
        Write(["etc", "crontab"], "# lego\n17 * * * * root run-parts\n");
        Link(["etc", "systemd", "system", "timers.target.wants", "certbot.timer"], "/lib/systemd/system/certbot.timer");
        Write(["var", "spool", "cron", "crontabs", "root"], "@daily /usr/bin/acmetool --batch reconcile\n");

        Assert.Equal(
            [new ActiveTimer(Path.Combine(Foreign, "etc/systemd/system/timers.target.wants/certbot.timer"), "systemctl disable --now certbot.timer"), new ActiveTimer(Path.Combine(Foreign, "etc/cron.d/certbot"), "remove line 3")],
            OtherTimers.Find("certbot", Foreign));
        Assert.Equal([new ActiveTimer(Path.Combine(Foreign, "var/spool/cron/crontabs/root"), "remove line 1")], OtherTimers.Find("acmetool", Foreign));
        Assert.Empty(OtherTimers.Find("lego", Foreign));
    }

    [Fact]
    public void Certbots_accounts_are_found_by_the_folders_that_spell_their_directory()
    {
        Write(["accounts", "ca.test:14000", "acme", "dir", "0123", "private_key.json"], "{}");
        Write(["accounts", "ca.test:14000", "acme", "dir", "0123", "regr.json"], """{"body":{"contact":["tel:1","mailto:ops@example.com"]},"uri":"https://ca.test/1"}""");
        Write(["accounts", "other.test", "directory", "4567", "private_key.json"], "{}");
        Write(["accounts", "other.test", "directory", "4567", "regr.json"], "no json");
        Write(["accounts", "third.test", "directory", "89ab", "private_key.json"], "{}");
        Write(["accounts", "third.test", "directory", "89ab", "regr.json"], """{"body":{"contact":["mailto:\ud800@example.com"],"\ud800contact":1}}""");

        var found = CertbotFolder.Read(new ForeignFolder(Foreign));

        Assert.Equal([("https://ca.test:14000/acme/dir", "ops@example.com"), ("https://other.test/directory", null), ("https://third.test/directory", null)], found.Accounts.Select(account => (account.Directory, account.Email)));
    }

    [Theory]
    [InlineData("""{"server":"\ud800"}""")]
    [InlineData("""{"server":"https://ca.test/","\ud800server":1}""")]
    [InlineData("{")]
    public void A_text_that_is_no_text_is_none(string json) => Assert.Null(RegistrationJson.TextOf(json, "server"));

    [Fact]
    public void Legos_leaf_without_a_bundle_gets_its_issuer_and_a_wildcard_its_star()
    {
        var blocks = TestChain.CreatePem(CertificateKey.Create(AcmeKeyType.P256), "*.shop.test").Split("\n-----BEGIN");
        AsLego("_.shop.test", blocks[0] + "\n", "key");
        Write(["certificates", "_.shop.test.issuer.crt"], "-----BEGIN" + blocks[1]);

        var certificate = Assert.Single(LegoFolder.Read(new ForeignFolder(Foreign)).Certificates);

        Assert.Equal("*.shop.test", certificate.Label);
        Assert.Equal(2, certificate.Chain.Split("-----BEGIN ").Length - 1);
        Assert.Equal("ca.test", certificate.Directory);
    }

    private static List<string> CertificateOf(string chain)
    {
        using var leaf = X509Certificate2.CreateFromPem(chain);
        return [.. leaf.Extensions.OfType<X509SubjectAlternativeNameExtension>().Single().EnumerateDnsNames()];
    }
}
