using AcmeKestrel.InteropTests.Edge;

namespace AcmeKestrel.InteropTests.Packages;

/// <summary>Whoever writes a store has the packages and docs/stores.md: a project outside of the checkout, that is built against what is packed and runs the suite.</summary>
public sealed class OutsideStoreTests : IDisposable
{
    private static readonly string[] Packed = ["AcmeKestrel", "AcmeKestrel.Storage.Conformance"];

    private readonly TemporaryFolder _folder = new();

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_project_of_an_outsider_builds_against_the_package_and_passes_its_suite()
    {
        var (feed, project) = (_folder.In("feed"), Directory.CreateDirectory(_folder.In("shelves")).FullName);
        foreach (var package in Packed) await RunAsync(Checkout.Root, ["pack", Path.Combine("src", package), "--no-build", "-c", Configuration, "-o", feed, "-v", "q"]);
        foreach (var file in Directory.EnumerateFiles(Path.Combine(Checkout.Root, "tests", "AcmeKestrel.InteropTests", "StoreOfYourOwn"))) File.Copy(file, Path.Combine(project, Path.GetFileName(file)));
        await File.WriteAllTextAsync(Path.Combine(project, "nuget.config"), $"""<configuration><packageSources><add key="packed" value="{feed}" /></packageSources></configuration>""", Stop);

        // What was packed is nobody else's: it does not stay among the machine's packages, which are looked at and not added to.
        await RunAsync(project, ["build", $"-p:RestorePackagesPath={_folder.In("packages")}", $"-p:RestoreFallbackFolders={Cached}", "-p:UseSharedCompilation=false", "-v", "q"]);
        var said = await RunAsync(project, [Path.Combine("bin", "Debug", "net10.0", "Shelves.dll"), "-noColor"]);

        Assert.Matches(@"Total: [1-9]\d\d, Errors: 0, Failed: 0, Skipped: 0, Not Run: 0", said);
    }

    private static string Configuration => Path.GetFileName(Path.GetDirectoryName(AppContext.BaseDirectory.TrimEnd('/')))!;

    private static string Cached => Environment.GetEnvironmentVariable("NUGET_PACKAGES") ?? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".nuget", "packages");

    private static async Task<string> RunAsync(string folder, string[] arguments)
    {
        KeyValuePair<string, string>[] environment = [new("MSBUILDDISABLENODEREUSE", "1"), new("DOTNET_CLI_TELEMETRY_OPTOUT", "1"), new("DOTNET_NOLOGO", "1")];
        await using var program = ChildProcess.Start(Path.Combine(ChildProcess.DotNetRoot, "dotnet"), arguments, environment, folder);
        var ended = await program.ExitAsync(Stop);
        Assert.True(ended == 0, $"dotnet {string.Join(' ', arguments)} ended with {ended}:\n{program.Output}");
        return program.Output;
    }
}
