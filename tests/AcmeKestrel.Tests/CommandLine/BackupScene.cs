namespace AcmeKestrel.Tests.CommandLine;

/// <summary>A state with an account and certificates, and backups of it.</summary>
public abstract class BackupScene : AccountScene
{
    private protected string Archive => Beside("backup.tar.gz");

    /// <summary>An account, two certificates of which one was renewed, and a wish by a file.</summary>
    private protected async Task SeedAsync()
    {
        Settings["Acme:Domains:0"] = "shop.test";
        Assert.Equal(0, (await AcmeAsync("reconcile")).Exit);
        Assert.Equal(0, (await AcmeAsync("renew", "shop.test", "--force")).Exit);
        Assert.Equal(0, (await AcmeAsync("issue", "blog.test")).Exit);
    }

    private protected async Task<Said> BackUpAsync()
    {
        var said = await AcmeAsync("backup", Archive);
        Assert.True(said.Exit == 0, said.Errors);
        return said;
    }

    private protected void Lose() => Directory.Delete(State, recursive: true);

    private protected string Leaf(string label) => File.ReadAllText(Path.Combine(State, "certs", label, "cert"));

    /// <summary>All that a state is, by name, but what changes with each write or is made anew.</summary>
    private protected Dictionary<string, string> Content() => Directory.GetFiles(State, "*", new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = FileAttributes.ReparsePoint })
        .Select(path => (Name: Path.GetRelativePath(State, path), Path: path))
        .Where(file => !file.Name.Contains("_version.", StringComparison.Ordinal) && file.Name.Split('/', '\\')[0] is "accounts" or "certs" or "desired" or "want" or "wishes")
        .ToDictionary(file => file.Name, file => File.ReadAllText(file.Path));
}
