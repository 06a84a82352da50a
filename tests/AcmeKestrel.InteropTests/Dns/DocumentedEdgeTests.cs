using AcmeKestrel.InteropTests.Edge;

namespace AcmeKestrel.InteropTests.Dns;

/// <summary>"A wildcard edge, from nothing to served" of docs/dns.md: what stands there is done as it stands there, but for the ports, the publishing (which takes minutes) and the home.</summary>
public sealed class DocumentedEdgeTests : IAsyncLifetime
{
    private const string Publishing = "dotnet publish src/SampleWeb -o ~/edge/app && cd ~/edge/app";
    private const string Naming = "/usr/sbin/named -g -c named.conf";

    /// <summary>Not below /tmp, where others may write: no program is run there for root.</summary>
    private readonly string _home = Path.Combine(System.Environment.GetFolderPath(System.Environment.SpecialFolder.UserProfile), $".acmekestrel-{Guid.NewGuid():N}");
    private readonly List<ChildProcess> _started = [];
    private readonly Dictionary<string, int> _ports = new() { ["5300"] = FreePort.Next(), ["8443"] = FreePort.Next(), ["8081"] = FreePort.Next() };

    /// <summary>Others have the port that it takes by itself.</summary>
    private readonly string _ca = $"https://127.0.0.1:{FreePort.Next()}/directory";

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public ValueTask InitializeAsync()
    {
        RealThing.Require("nsupdate", "bind9-dnsutils");
        RealThing.Require("curl", "curl");
        RealThing.Require("named", "bind9");
        Directory.CreateDirectory(_home);
        return ValueTask.CompletedTask;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var process in _started) await process.DisposeAsync();
        Directory.Delete(_home, recursive: true);
    }

    [Fact]
    public async Task It_comes_from_nothing_to_served_with_BIND_and_with_a_program()
    {
        var named = RealThing.Require("named", "bind9");
        var blocks = await BlocksAsync();
        Assert.Equal(4, blocks.Count);
        await RunAsync(blocks[0].Replace(Naming, "", StringComparison.Ordinal));
        var bind = Start(named, In("edge/dns"), "-g", "-c", "named.conf");
        await bind.LineAsync(line => line.EndsWith(" running", StringComparison.Ordinal), Stop);

        var told = await RunAsync(blocks[1].Replace(Publishing, $"cp -r {Path.GetDirectoryName(SampleEdge.Program)} ~/edge/app && cd ~/edge/app", StringComparison.Ordinal));

        // The steps before are told where they last long enough.
        Assert.Contains("served until", told, StringComparison.Ordinal);
        Assert.Single(Generations());

        var edge = Start(In("edge/app/SampleWeb"), In("edge/app"));
        await edge.LineAsync(line => line.Contains($"Now listening on: https://localhost:{_ports["8443"]}", StringComparison.Ordinal), Stop);
        Assert.Contains("HTTP 200", await RunAsync(blocks[2].Replace("curl ", "curl -sS -w ' HTTP %{http_code}' ", StringComparison.Ordinal)), StringComparison.Ordinal);
        await edge.StopAsync(Stop);

        var renewed = await RunAsync(blocks[3]);
        Assert.True(Generations().Length == 2, renewed);
        var settings = await File.ReadAllTextAsync(In("edge/app/appsettings.Production.json"), Stop);
        Assert.Contains("\"exec\"", settings, StringComparison.Ordinal);
        Assert.DoesNotContain("\"rfc2136\"", settings, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFiles(In("edge/state/dns")));
    }

    private string In(string path) => Path.Combine(_home, path);

    private string[] Generations() => Directory.GetDirectories(In("edge/state/certs"), "edge.test@*");

    /// <summary>The section's, in order.</summary>
    private async Task<IReadOnlyList<string>> BlocksAsync()
    {
        var page = await File.ReadAllTextAsync(Path.Combine(Checkout.Root, "docs", "dns.md"), Stop);
        var begin = page.IndexOf("## A wildcard edge, from nothing to served", StringComparison.Ordinal);
        var section = page[begin..page.IndexOf("\n## ", begin, StringComparison.Ordinal)];
        foreach (var (documented, free) in _ports) section = section.Replace(documented, $"{free}", StringComparison.Ordinal);
        return [.. section.Split("```sh\n").Skip(1).Select(rest => rest[..rest.IndexOf("```", StringComparison.Ordinal)])];
    }

    private async Task<string> RunAsync(string block)
    {
        await using var shell = ChildProcess.Start("/bin/sh", ["-e", "-c", block], Environment(), _home);
        Assert.True(await shell.ExitAsync(Stop) == 0, shell.Output);
        return shell.Output;
    }

    private ChildProcess Start(string program, string folder, params string[] arguments)
    {
        var process = ChildProcess.Start(program, arguments, Environment(), folder);
        _started.Add(process);
        return process;
    }

    private Dictionary<string, string> Environment() => new() { ["HOME"] = _home, ["ASPNETCORE_ENVIRONMENT"] = "Production", ["ASPNETCORE_URLS"] = "", ["DOTNET_ROOT"] = ChildProcess.DotNetRoot, ["LocalCa__Url"] = _ca };
}
