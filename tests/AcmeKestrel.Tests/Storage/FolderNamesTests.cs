using AcmeKestrel.Storage.Files;

namespace AcmeKestrel.Tests.Storage;

public sealed class FolderNamesTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("acme-names-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    /// <summary>More than the kernel tells at once, links that lead nowhere and to folders, names in any script.</summary>
    [Fact]
    public void All_names_are_listed_and_nothing_else()
    {
        var files = LocalFileSystem.Below(_folder);
        Assert.Empty(files.ListNames(_folder));
        Assert.Empty(files.ListNames(Path.Combine(_folder, "none")));

        List<string> names = [".hidden", "Ä.test", "名前.test", new string('x', 200)];
        for (var number = 0; number < 3000; number++) names.Add($"customer-{number}.example.test@20260101T000000Z-0000");
        foreach (var name in names) File.WriteAllText(Path.Combine(_folder, name), "");
        Directory.CreateDirectory(Path.Combine(_folder, "folder"));
        File.CreateSymbolicLink(Path.Combine(_folder, "to-folder"), "folder");
        File.CreateSymbolicLink(Path.Combine(_folder, "to-nothing"), "nothing");

        Assert.Equal(names.Concat(["folder", "to-folder", "to-nothing"]).Order(StringComparer.Ordinal), files.ListNames(_folder).Order(StringComparer.Ordinal));
    }
}
