using static System.IO.UnixFileMode;

namespace AcmeKestrel.Tests.CommandLine;

/// <summary>The table in docs/operations.md, "Where things are": who may read what, whatever was done last.</summary>
public sealed class ModeTests : BackupScene
{
    private const UnixFileMode PrivateFolder = UserRead | UserWrite | UserExecute;
    private const UnixFileMode PublicFolder = PrivateFolder | GroupRead | GroupExecute | OtherRead | OtherExecute;
    private const UnixFileMode PrivateFile = UserRead | UserWrite;
    private const UnixFileMode PublicFile = PrivateFile | GroupRead | OtherRead;

    private string Exported => Beside("exported");

    [Fact]
    public async Task After_every_operation_each_file_of_the_state_and_beside_it_has_its_mode()
    {
        Assert.SkipUnless(!OperatingSystem.IsWindows(), "Windows has no modes.");
        Directory.CreateDirectory(Exported);
        Settings["Acme:Exports:0:Format"] = "combined";
        Settings["Acme:Exports:0:Path"] = Path.Combine(Exported, "{name}.pem");
        foreach (var words in new string[][]
        {
            ["init", "ops@example.com"],
            ["issue", "shop.test"],
            ["want", "blog.test"],
            ["reconcile"],
            ["renew", "shop.test", "--force"],
            ["rollback", "shop.test", "--yes"],
            ["hold", "shop.test"],
            ["release", "shop.test"],
            ["revoke", "shop.test", "--reason", "superseded", "--yes"],
            ["unwant", "blog.test"],
            ["account", "rollover", "--yes"],
            ["account", "export", Beside("account.pem")],
            ["backup", Archive],
        })
        {
            await DoneAsync(words);
        }

        AsLegoKeepsIt("blog.test");
        Lose();
        await DoneAsync("restore", Archive);
        Lose();
        await DoneAsync("account", "import", Beside("account.pem"));
        await DoneAsync("import", "lego", "--from", Beside("lego"));
        Assert.Equal(PrivateFile, Mode(Archive));
        Assert.Equal(PrivateFile, Mode(Beside("account.pem")));
        Assert.NotEmpty(Directory.GetFiles(Exported));
    }

    /// <summary>For everybody to read, as nobody should.</summary>
    private void AsLegoKeepsIt(string name)
    {
        var folder = Directory.CreateDirectory(Path.Combine(Beside("lego"), "certificates")).FullName;
        File.Copy(Path.Combine(State, "certs", name, "fullchain"), Path.Combine(folder, $"{name}.crt"));
        File.WriteAllText(Path.Combine(folder, $"{name}.key"), File.ReadAllText(Path.Combine(State, "certs", name, "privkey")));
        File.WriteAllText(Path.Combine(folder, $"{name}.json"), $$"""{ "domain": "{{name}}", "certUrl": "https://ca.test/certificate/1" }""");
    }

    private async Task DoneAsync(params string[] words)
    {
        var said = await AcmeAsync(words);
        Assert.True(said.Exit == 0, $"{string.Join(' ', words)}: {said.Text}{said.Errors}");
        foreach (var path in Directory.EnumerateFileSystemEntries(State, "*", new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = FileAttributes.ReparsePoint }))
        {
            var expected = Expected(Path.GetRelativePath(State, path), Directory.Exists(path));
            Assert.True(expected.Contains(Mode(path)), $"After {string.Join(' ', words)}: {path} has {Mode(path)}");
        }

        Assert.All(Directory.GetFiles(Exported), path => Assert.Equal(PrivateFile, Mode(path)));
    }

    private static UnixFileMode[] Expected(string path, bool isFolder)
    {
        var room = path.Split('/')[0];
        if (room is "certs") return [isFolder ? PublicFolder : Path.GetFileName(path) == "privkey" ? PrivateFile : PublicFile];
        if (room is "desired" or "format") return [isFolder ? PublicFolder : PublicFile];
        if (isFolder) return [PrivateFolder];

        // Nobody comes through its folder; a key is closed all the same.
        return room is "accounts" && !Path.GetFileName(path).StartsWith("privkey", StringComparison.Ordinal) ? [PrivateFile, PublicFile] : [PrivateFile];
    }

    private static UnixFileMode Mode(string path) => OperatingSystem.IsWindows() ? default : File.GetUnixFileMode(path);
}
