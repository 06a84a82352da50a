using System.Formats.Tar;
using System.IO.Compression;
using System.Text.Json;

namespace AcmeKestrel.Tests.CommandLine;

/// <summary>A copy of the state, and the state made of it.</summary>
public sealed class BackupVerbTests : BackupScene
{
    [Theory]
    [InlineData("backup.tar.gz", true)]
    [InlineData("backup.tar.gz", false)]
    [InlineData("folder", false)]
    public async Task What_was_lost_is_there_again_and_is_served_without_an_order(string name, bool withServer)
    {
        await SeedAsync();
        var server = withServer ? await ServeAsync() : null;
        var said = await AcmeAsync("backup", Beside(name));
        Assert.True(said.Exit == 0, said.Errors);
        Assert.Contains("1 account, 3 certificates with their keys, 1 file of wishes", said.Text, StringComparison.Ordinal);
        if (server is not null) await StopAsync(server);
        var (content, leaf, orders) = (Content(), Leaf("shop.test"), Orders);
        Lose();

        var restored = await AcmeAsync("restore", Beside(name));
        Assert.Equal(0, restored.Exit);
        Assert.Contains($"There is no state yet: {State} is made", restored.Errors, StringComparison.Ordinal);
        Assert.Equal(content, Content());
        Assert.Equal(leaf, Leaf("shop.test"));
        Assert.True(File.Exists(Path.Combine(Accounts, "ops@example.com", "test", "privkey")));

        var again = await ServeAsync();
        await Certificates(again).WaitUntilSettledAsync(Token).WaitAsync(Deadline, Token);
        Assert.All(Certificates(again).List(), status => Assert.Equal(AcmeCertificateState.Served, status.State));
        Assert.Equal((2, orders), (Certificates(again).List().Count, Orders));
    }

    [Theory]
    [InlineData("backup.tar.gz")]
    [InlineData("folder")]
    public async Task A_backup_is_its_owners_alone_and_replaces_nothing(string name)
    {
        await SeedAsync();
        Assert.Equal(0, (await AcmeAsync("backup", Beside(name))).Exit);

        if (!OperatingSystem.IsWindows())
        {
            const UnixFileMode Others = UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.GroupExecute | UnixFileMode.OtherRead | UnixFileMode.OtherWrite | UnixFileMode.OtherExecute;
            Assert.Equal(default, File.GetUnixFileMode(Beside(name)) & Others);
            if (Directory.Exists(Beside(name))) Assert.All(Directory.GetFileSystemEntries(Beside(name), "*", SearchOption.AllDirectories), entry => Assert.Equal(default, File.GetUnixFileMode(entry) & Others));
        }

        var again = await AcmeAsync("backup", Beside(name));
        Assert.Equal(1, again.Exit);
        Assert.Contains("is there already", again.Errors, StringComparison.Ordinal);
        Assert.Equal(0, (await AcmeAsync("backup", "--check", Beside(name))).Exit);
        Assert.DoesNotContain(Directory.GetFileSystemEntries(Path.GetDirectoryName(State)!), entry => entry.EndsWith(".part", StringComparison.Ordinal));
        Assert.Equal((1, 1), ((await AcmeAsync("backup", Beside("nowhere/backup.tgz"))).Exit, (await AcmeAsync("backup", Beside("nowhere/backup"))).Exit));
    }

    /// <summary>Whoever has only the file and no application has a state all the same.</summary>
    [Fact]
    public async Task Unpacked_by_hand_it_is_a_state()
    {
        await SeedAsync();
        await BackUpAsync();
        var (content, orders) = (Content(), Orders);
        Lose();
        Directory.CreateDirectory(State);

        await using (var file = File.OpenRead(Archive))
        await using (var zip = new GZipStream(file, CompressionMode.Decompress)) await TarFile.ExtractToDirectoryAsync(zip, State, overwriteFiles: false, Token);

        Assert.Equal(content, Content());
        if (!OperatingSystem.IsWindows()) Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Path.Combine(OnlyFolder, "privkey")));
        await Certificates(await ServeAsync()).WaitUntilSettledAsync(Token).WaitAsync(Deadline, Token);
        Assert.Equal(orders, Orders);
    }

    /// <summary>As Kubernetes mounts a ConfigMap: each file is a link to a folder whose name begins with a dot.</summary>
    [Fact]
    public async Task Wishes_by_links_are_kept_and_what_cannot_be_read_of_them_is_named()
    {
        await SeedAsync();
        var (desired, mounted) = (Path.Combine(State, "desired"), Directory.CreateDirectory(Beside("mounted")).FullName);
        Directory.CreateDirectory(Path.Combine(desired, "..data"));
        await File.WriteAllTextAsync(Path.Combine(desired, "..data", "linked.test"), "linked.test\n", Token);
        File.CreateSymbolicLink(Path.Combine(desired, "linked.test"), "..data/linked.test");
        await File.WriteAllTextAsync(Path.Combine(mounted, "many.toml"), "[many.test]\n", Token);
        Directory.CreateSymbolicLink(Path.Combine(State, "want"), mounted);
        Assert.Contains("3 files of wishes", (await BackUpAsync()).Text, StringComparison.Ordinal);

        File.CreateSymbolicLink(Path.Combine(desired, "gone.test"), "..data/gone.test");
        var said = await AcmeAsync("backup", Beside("second.tar.gz"));
        Assert.Equal(3, said.Exit);
        Assert.Contains("left out: desired/gone.test: ", said.Errors, StringComparison.Ordinal);

        var again = await AcmeAsync("restore", Archive);
        Assert.True(again.Exit == 0, again.Text + again.Errors);
        Assert.NotNull(new FileInfo(Path.Combine(desired, "linked.test")).LinkTarget);

        Lose();
        Assert.Equal(0, (await AcmeAsync("restore", Archive)).Exit);
        Assert.Equal("linked.test\n", await File.ReadAllTextAsync(Path.Combine(desired, "linked.test"), Token));
        Assert.Equal("[many.test]\n", await File.ReadAllTextAsync(Path.Combine(State, "want", "many.toml"), Token));
    }

    /// <summary>What operators have done until now: tar of the state directory, links and all.</summary>
    [Fact]
    public async Task A_copy_that_a_hand_made_of_a_state_directory_is_restored()
    {
        await SeedAsync();
        await using (var file = File.Create(Archive))
        await using (var zip = new GZipStream(file, CompressionLevel.Fastest)) await TarFile.CreateFromDirectoryAsync(State, zip, includeBaseDirectory: false, Token);
        var content = Content();
        Lose();

        Assert.Equal(0, (await AcmeAsync("restore", Archive)).Exit);

        Assert.Equal(content, Content());
    }

    [Fact]
    public async Task Where_a_server_runs_nothing_is_restored()
    {
        await SeedAsync();
        await BackUpAsync();
        await ServeAsync();

        var said = await AcmeAsync("restore", Archive);

        Assert.Equal(1, said.Exit);
        Assert.Contains("stop it", said.Errors, StringComparison.Ordinal);
    }

    /// <summary>Certificates come and go, and the account's key moves to another record, while it is made.</summary>
    [Fact]
    public async Task While_a_server_works_each_backup_is_whole_and_has_the_account()
    {
        await SeedAsync();
        var server = await ServeAsync();
        var accounts = (IAcmeAccounts)server.Services.GetService(typeof(IAcmeAccounts))!;
        var work = Task.Run(
            async () =>
            {
                for (var round = 0; round < 4; round++)
                {
                    await Certificates(server).RenewAsync("shop.test", Token);
                    await accounts.ChangeKeyAsync(cancellationToken: Token);
                }
            },
            Token);

        for (var copy = 0; copy == 0 || !work.IsCompleted; copy++)
        {
            var said = await AcmeAsync("backup", Beside($"{copy}.tgz"));
            Assert.True(said.Exit == 0, said.Errors);
            Assert.Matches("(1 account|2 accounts), [3-9] certificates", said.Text);
        }

        await work.WaitAsync(Deadline, Token);
        await StopAsync(server);
        Lose();
        Assert.Equal(0, (await AcmeAsync("restore", Beside("0.tgz"))).Exit);
        Assert.Equal(0, (await AcmeAsync("account", "show")).Exit);
    }

    [Fact]
    public async Task Done_once_more_it_finds_all_there()
    {
        await SeedAsync();
        await BackUpAsync();

        Assert.Contains(": 0 restored, ", (await AcmeAsync("restore", Archive)).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_newer_certificate_stays_the_one_that_is_served()
    {
        await SeedAsync();
        await BackUpAsync();
        Assert.Equal(0, (await AcmeAsync("renew", "shop.test", "--force")).Exit);
        var (leaf, spent) = (Leaf("shop.test"), Spent());
        foreach (var old in Directory.GetDirectories(Path.Combine(State, "certs"), "shop.test@*").Order(StringComparer.Ordinal).SkipLast(1)) Directory.Delete(old, recursive: true);

        // What a state remembers that went on is not what its backup remembers.
        var kept = await AcmeAsync("restore", Archive);
        Assert.Equal(3, kept.Exit);
        Assert.Contains("Kept, since it is there and differs: schedule/shop.test", kept.Errors, StringComparison.Ordinal);
        Assert.Contains("Kept, since it is there and differs: ledger/", kept.Errors, StringComparison.Ordinal);
        Assert.DoesNotContain("Replaced", kept.Errors, StringComparison.Ordinal);
        Assert.Equal(3, Directory.GetDirectories(Path.Combine(State, "certs"), "shop.test@*").Length);

        var replaced = await AcmeAsync("restore", Archive, "--yes");
        Assert.Contains("Replaced: schedule/shop.test", replaced.Errors, StringComparison.Ordinal);
        Assert.DoesNotContain("Replaced: ledger/", replaced.Errors, StringComparison.Ordinal);
        Assert.Equal((leaf, spent), (Leaf("shop.test"), Spent()));

        string Spent() => string.Concat(Directory.GetFiles(Path.Combine(State, "ledger")).Order(StringComparer.Ordinal).Select(File.ReadAllText));
    }

    [Fact]
    public async Task What_is_there_and_differs_is_kept_and_named_until_somebody_says_yes()
    {
        await SeedAsync();
        await BackUpAsync();
        var former = KeyPem;
        Lose();
        Assert.Equal(0, (await AcmeAsync("init", "ops@example.com", "--yes")).Exit);
        Assert.Equal(0, (await AcmeAsync("want", "blog.test", "www.blog.test")).Exit);
        var present = KeyPem;

        var kept = await AcmeAsync("restore", Archive);
        Assert.Equal(3, kept.Exit);
        Assert.Contains("has another account there", kept.Errors, StringComparison.Ordinal);
        Assert.Contains("desired/blog.test", kept.Errors, StringComparison.Ordinal);
        Assert.Equal(present, KeyPem);
        Assert.Contains("www.blog.test", await File.ReadAllTextAsync(Path.Combine(State, "desired", "blog.test"), Token), StringComparison.Ordinal);

        var replaced = await AcmeAsync("restore", Archive, "--yes");
        Assert.Contains("Replaced: account/", replaced.Errors, StringComparison.Ordinal);
        Assert.Equal(former, KeyPem);
        Assert.DoesNotContain("www.blog.test", await File.ReadAllTextAsync(Path.Combine(State, "desired", "blog.test"), Token), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Of_one_address_only_its_accounts_and_their_certificates_come_back()
    {
        await SeedAsync();
        Settings["Acme:Certificates:other.test:Names:0"] = "other.test";
        Settings["Acme:Certificates:other.test:Email"] = "other@example.com";
        Assert.Equal(0, (await AcmeAsync("reconcile")).Exit);
        await BackUpAsync();
        Lose();

        Assert.Equal(1, (await AcmeAsync("restore", "nobody@example.com", "--from", Archive)).Exit);
        Assert.Equal(2, (await AcmeAsync("restore", "nobody", "--from", Archive)).Exit);
        Assert.False(Directory.Exists(State));
        var said = await AcmeAsync("restore", "Other@example.com", "--from", Archive);

        Assert.Equal(0, said.Exit);
        Assert.Contains("1 account, 1 certificate with its key, 0 files of wishes, 0 other records", said.Text, StringComparison.Ordinal);
        Assert.True(Directory.Exists(Path.Combine(State, "certs", "other.test")));
        Assert.Equal(2, Directory.GetFileSystemEntries(Path.Combine(State, "certs")).Length);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task An_account_comes_back_by_its_key_alone(bool withServer)
    {
        await SeedAsync();
        await File.WriteAllTextAsync(Beside("key.pem"), KeyPem, Token);
        var key = KeyPem;
        Lose();
        Settings.Remove("Acme:Domains:0");
        if (withServer) await ServeAsync();

        var said = await AcmeAsync("restore", "ops@example.com", "--from", Beside("key.pem"));

        Assert.Equal(0, said.Exit);
        Assert.Equal(key.Trim(), KeyPem.Trim());
        Assert.Equal(1, (await AcmeAsync("restore", "ops@example.com", "--from", Beside("nothing"))).Exit);
    }

    [Fact]
    public async Task What_is_damaged_in_the_state_is_named_and_left_out()
    {
        await SeedAsync();
        var broken = Directory.GetDirectories(Path.Combine(State, "certs"), "blog.test@*")[0];
        await File.WriteAllTextAsync(Path.Combine(broken, "fullchain"), "nonsense", Token);

        var said = await AcmeAsync("backup", Archive);

        Assert.Equal(3, said.Exit);
        Assert.Contains("blog.test@", said.Errors, StringComparison.Ordinal);
        Assert.Equal(0, (await AcmeAsync("backup", "--check", Archive)).Exit);
        Assert.Equal(1, (await AcmeAsync("backup", "--check", State)).Exit);
    }

    [Fact]
    public async Task The_answer_of_each_is_json_where_that_is_asked_for()
    {
        await SeedAsync();

        foreach (var words in new string[][] { ["backup", Archive], ["backup", "--check", Archive], ["restore", Archive], ["restore", "ops@example.com", "--from", Archive] })
        {
            var said = await AcmeAsync([.. words, "--json"]);
            Assert.True(said.Exit == 0, said.Errors);
            using var json = JsonDocument.Parse(said.Text);
            Assert.Contains("\"accounts\": 1", json.RootElement.ToString(), StringComparison.Ordinal);
        }
    }
}
