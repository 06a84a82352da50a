using System.Text;
using System.Text.RegularExpressions;
using AcmeKestrel.Certificates;
using AcmeKestrel.Configuration;
using AcmeKestrel.Desired;
using AcmeKestrel.Desired.Files;
using AcmeKestrel.Tests.Configuration;

namespace AcmeKestrel.Tests.Desired;

/// <summary>What docs/configuration.md tells of files that wish certificates is so.</summary>
public sealed partial class WishFilesDocumentTests
{
    private readonly ConfigurationPage _page = new();

    [Fact]
    public void Every_sample_is_taken_whole_by_what_reads_its_file()
    {
        var samples = Samples().Matches(_page.Text).Select(sample => (Folder: sample.Groups[1].Value, File: sample.Groups[2].Value, Text: sample.Value[8..^3])).ToList();

        Assert.Equal(["desired", "want"], samples.Select(sample => sample.Folder));
        var settings = TestConfiguration.Read();
        foreach (var (folder, file, text) in samples)
        {
            IWishFileFormat format = folder == WantFolder.FolderName ? new WantFile() : new DesiredFile();
            var said = format.Parse(file, Encoding.UTF8.GetBytes(text), null);
            var problems = said.Problems.ToList();
            foreach (var wording in said.Certificates) WishEntry.Read(SourceOf(folder), wording, settings, problems);

            // Names for documentation are no public CA's.
            Assert.DoesNotContain(problems, problem => !problem.Message.Contains("is never sent to the public CA", StringComparison.Ordinal));
            Assert.NotEmpty(said.Certificates);
        }
    }

    [Fact]
    public void The_table_has_every_key_in_its_order_with_its_name_in_the_configuration()
    {
        var rows = Rows().Matches(_page.Text[_page.Text.IndexOf("## Files that wish", StringComparison.Ordinal)..]).Select(row => (Key: row.Groups[1].Value, Option: row.Groups[2].Value)).ToList();

        Assert.Equal(TomlKeys.All, rows.Select(row => row.Key));
        Assert.Equal(KnownKeys.All.Where(key => key.StartsWith("Acme:Certificates:*:", StringComparison.Ordinal)).Select(key => key.Split(':')[^1].TrimEnd('[', ']')).Order(), rows.Select(row => row.Option).Order());
        Assert.All(rows, row => Assert.Equal(TomlKeys.PropertyOf(row.Key), TomlKeys.PropertyOf(row.Option)));
    }

    private static AcmeWishSource SourceOf(string folder) =>
        folder == WantFolder.FolderName ? AcmeWishSource.Want : AcmeWishSource.Desired;

    [GeneratedRegex("^```toml\n# (desired|want)/(\\S+)\n(.*?)^```", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Samples();

    [GeneratedRegex("^\\| `([a-z_]+)` \\| [^|]+ \\| `([A-Za-z]+)` \\|", RegexOptions.Multiline)]
    private static partial Regex Rows();
}
