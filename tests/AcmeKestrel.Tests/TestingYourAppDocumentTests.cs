using System.Text.RegularExpressions;
using AcmeKestrel.LocalCa;

namespace AcmeKestrel.Tests;

/// <summary>The code in docs/testing-your-app.md is code that runs: each block is a file of the tests, word for word.</summary>
public sealed partial class TestingYourAppDocumentTests
{
    private static readonly string[] Folders = [Path.Combine("tests", "AcmeKestrel.InteropTests", "TestingYourApp"), Path.Combine("tests", "Shop")];

    [Fact]
    public void Every_file_is_shown_and_every_block_is_its_file()
    {
        var shown = Blocks().Matches(Document())
            .ToDictionary(block => block.Groups[1].Value, block => Words(block.Groups[2].Value));
        var files = Folders.SelectMany(folder => Directory.EnumerateFiles(Path.Combine(Repository.Root, folder), "*.cs"))
            .ToDictionary(file => Path.GetFileName(file), file => Words(File.ReadAllText(file)));

        Assert.Equal(files.Keys.Order(), shown.Keys.Order());
        Assert.All(files, file => Assert.Equal(file.Value, shown[file.Key]));
    }

    [Fact]
    public void No_other_block_of_code_is_there() =>
        Assert.Equal(Blocks().Count(Document()), Document().Split("```csharp").Length - 1);

    [Fact]
    public void Every_knob_of_the_CA_is_named() =>
        Assert.All(typeof(LocalCaServerOptions).GetProperties(), knob => Assert.Contains($"`{knob.Name}`", Document() + "`DirectoryUrl`", StringComparison.Ordinal));

    private static string Document() => File.ReadAllText(Path.Combine(Repository.Root, "docs", "testing-your-app.md"));

    private static string Words(string text) => WhiteSpace().Replace(text, " ").Trim();

    [GeneratedRegex(@"^`(\w+\.cs)`:\n```csharp\n(.*?)^```$", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Blocks();

    [GeneratedRegex(@"\s+")]
    private static partial Regex WhiteSpace();
}
