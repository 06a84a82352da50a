using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace AcmeKestrel.Tests.Configuration;

/// <summary>A project that references the package has the schema in its editor: the targets that NuGet imports name it.</summary>
public sealed class SchemaPackageTests
{
    private static readonly string Project = Path.Combine(Repository.Root, "src", "AcmeKestrel", "AcmeKestrel.csproj");

    [Fact]
    public void The_package_holds_the_schema_and_the_targets_that_name_it()
    {
        var packed = XDocument.Load(Project).Descendants("None")
            .Where(item => item.Attribute("Pack")?.Value == "true")
            .ToDictionary(item => Of(item, "PackagePath"), item => Of(item, "Include"));

        // The targets are named as the package is, or NuGet does not import them.
        Assert.Equal("ConfigurationSchema.json", packed["ConfigurationSchema.json"]);
        Assert.Equal("buildTransitive/net10.0/AcmeKestrel.targets", packed["buildTransitive/net10.0/AcmeKestrel.targets"]);

        static string Of(XElement item, string attribute) => item.Attribute(attribute)!.Value.Replace("$(TargetFramework)", "net10.0", StringComparison.Ordinal);
    }

    [Fact]
    public void The_targets_lead_to_the_schema_for_all_files_of_settings()
    {
        var folder = Path.Combine(Path.GetDirectoryName(Project)!, "buildTransitive", "net10.0");
        var segment = XDocument.Load(Path.Combine(folder, "AcmeKestrel.targets")).Descendants("JsonSchemaSegment").Single();
        var schema = segment.Attribute("Include")!.Value.Replace("$(MSBuildThisFileDirectory)", folder + "/", StringComparison.Ordinal).Replace('\\', '/');
        var files = new Regex($"^{segment.Attribute("FilePathPattern")!.Value}$");

        Assert.Equal(SchemaFile.Path, Path.GetFullPath(schema));
        Assert.All(["appsettings.json", "appsettings.Production.json"], file => Assert.Matches(files, file));
        Assert.All(["launchSettings.json", "package.json"], file => Assert.DoesNotMatch(files, file));
    }
}
