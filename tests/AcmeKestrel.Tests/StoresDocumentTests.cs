using System.Text.RegularExpressions;

namespace AcmeKestrel.Tests;

/// <summary>The code in docs/stores.md is a project that is built and run: each block is one of its files, word for word.</summary>
public sealed partial class StoresDocumentTests
{
    [Fact]
    public void Every_file_is_shown_and_every_block_is_its_file()
    {
        var document = File.ReadAllText(Path.Combine(Repository.Root, "docs", "stores.md"));
        var shown = Blocks().Matches(document).ToDictionary(block => block.Groups[1].Value, block => block.Groups[2].Value);
        var files = Directory.EnumerateFiles(Path.Combine(Repository.Root, "tests", "AcmeKestrel.InteropTests", "StoreOfYourOwn"))
            .ToDictionary(file => Path.GetFileName(file), File.ReadAllText);

        Assert.Equal(files.Keys.Order(), shown.Keys.Order());
        Assert.All(files, file => Assert.Equal(file.Value, shown[file.Key]));
    }

    [GeneratedRegex(@"^`(\w+\.\w+)`:\n```\w+\n(.*?)^```$", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Blocks();
}
