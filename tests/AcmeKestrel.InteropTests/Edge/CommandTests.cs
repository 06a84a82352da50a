using System.Diagnostics;
using System.Text.Json;
using AcmeKestrel.InteropTests.Fleet;
using AcmeKestrel.InteropTests.LocalCa;

namespace AcmeKestrel.InteropTests.Edge;

/// <summary>SampleWeb's verbs as an operator calls them: processes of their own, beside a server that runs and without one.</summary>
public sealed class CommandTests
{
    private const string Nobody = "65534";

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_a_command_wishes_and_renews_is_served_by_the_server_that_runs()
    {
        await using var ca = await LocalCaApp.StartAsync();
        await using var edge = new SampleEdge(ca.HttpPort, ca.TlsPort).Using(ca);
        var server = edge.Start();
        await server.LineAsync(line => line.Contains("Application started", StringComparison.Ordinal), Stop);

        Assert.Equal(0, (await AcmeAsync(edge, "issue", "shop.test")).Exit);
        var first = await ServedChain.FetchAsync(edge.HttpsPort, "shop.test", Stop);
        Assert.True(first.Covers("shop.test"));

        Assert.Equal(0, (await AcmeAsync(edge, "renew", "shop.test", "--force")).Exit);
        var renewed = await ServedChain.FetchAsync(edge.HttpsPort, "shop.test", Stop);
        Assert.NotEqual(first.Certificate.SerialNumber, renewed.Certificate.SerialNumber);

        Assert.Equal(0, (await AcmeAsync(edge, "revoke", "shop.test", "--reason", "superseded", "--yes")).Exit);
        Assert.True(ca.HasRevoked(renewed.Certificate));
        Assert.Equal(0, (await AcmeAsync(edge, "check")).Exit);
        Assert.Equal(0, (await AcmeAsync(edge, "unwant", "shop.test")).Exit);
        Assert.Equal(0, await server.StopAsync(Stop));
    }

    /// <summary>Whatever the host logs: a program reads standard output.</summary>
    [Fact]
    public async Task Json_is_alone_on_standard_output_with_a_server_and_without_one()
    {
        await using var ca = await LocalCaApp.StartAsync();
        await using var edge = new SampleEdge(ca.HttpPort, ca.TlsPort).Using(ca, "shop.test");
        edge.Settings["Logging__LogLevel__Default"] = "Information";

        foreach (var words in new string[][] { ["reconcile", "--json"], ["status", "--json"], ["plan", "--json"], ["explain", "shop.test", "--json"], ["check", "--json"] })
        {
            var said = await AcmeAsync(edge, words);
            Assert.Equal(0, said.Exit);
            using var json = JsonDocument.Parse(said.Output);
            Assert.Contains("shop.test", json.RootElement.ToString(), StringComparison.Ordinal);
        }
    }

    /// <summary>A server of another user must be able to read all that root's commands leave, and root's command must not make a second state.</summary>
    [Fact]
    public async Task As_root_a_command_is_the_user_that_the_state_belongs_to()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() && Environment.IsPrivilegedProcess, "This is about root: run the tests as root.");
        var setpriv = RealThing.Require("setpriv", "util-linux");
        await using var ca = await LocalCaApp.StartAsync();
        await using var edge = new SampleEdge(ca.HttpPort, ca.TlsPort).Using(ca, "shop.test");
        var program = Share(edge, ca);

        // Without a server: root's own process orders, as nobody.
        Directory.CreateDirectory(edge.StateDirectory);
        await RunAsync("chown", "-R", $"{Nobody}:{Nobody}", edge.StateDirectory);
        var alone = await RunAsync(edge, program, "acme", "reconcile");
        Assert.Equal(0, alone.Exit);
        Assert.Contains("The state belongs to nobody", alone.Error, StringComparison.Ordinal);

        // Beside nobody's server.
        var server = edge.StartProgram(setpriv, "--reuid", Nobody, "--regid", Nobody, "--clear-groups", program);
        await edge.ServedAsync("shop.test", Stop);
        Assert.Equal(0, (await RunAsync(edge, program, "acme", "want", "blog.test")).Exit);
        var renewed = await RunAsync(edge, program, "acme", "renew", "shop.test", "--force");
        Assert.Equal(0, renewed.Exit);
        Assert.Contains("The server does it", renewed.Error, StringComparison.Ordinal);
        await edge.ServedAsync("blog.test", Stop);

        var others = (await RunAsync("find", edge.StateDirectory, "!", "-user", Nobody)).Output;
        Assert.Equal("", others.Trim());
        Assert.Equal(0, await server.StopAsync(Stop));
    }

    /// <summary>Root's own folder is closed to the owner of the state: what an operator names there is read before.</summary>
    [Fact]
    public async Task As_root_a_key_is_read_where_only_root_may()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() && Environment.IsPrivilegedProcess, "This is about root: run the tests as root.");
        await using var ca = await LocalCaApp.StartAsync();
        await using var edge = new SampleEdge(ca.HttpPort, ca.TlsPort).Using(ca);
        var program = Share(edge, ca);
        var theirs = Directory.CreateDirectory(Path.Combine(edge.ContentRoot, "theirs")).FullName;
        Directory.CreateDirectory(edge.StateDirectory);
        await RunAsync("chown", "-R", $"{Nobody}:{Nobody}", edge.StateDirectory, theirs);
        var mine = Directory.CreateDirectory(Path.Combine(edge.ContentRoot, "mine"), UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute).FullName;
        Assert.Equal(0, (await RunAsync(edge, program, "acme", "init", "ops@example.test", "--yes")).Exit);
        Assert.Equal(0, (await RunAsync(edge, program, "acme", "account", "export", Path.Combine(theirs, "account.pem"))).Exit);
        var key = Path.Combine(mine, "account.pem");
        File.Copy(Path.Combine(theirs, "account.pem"), key);

        foreach (var words in new string[][] { ["account", "import", key], ["account", "recover", "--key", key], ["restore", "ops@example.test", "--from", key] })
        {
            var said = await RunAsync(edge, program, ["acme", .. words]);
            Assert.True(said.Exit == 0, said.Output + said.Error);
            Assert.Contains("The state belongs to nobody", said.Error, StringComparison.Ordinal);
        }
    }

    /// <summary>There the folder holds what this machine wishes, and what it has copied.</summary>
    [Fact]
    public async Task As_root_a_command_is_the_user_that_the_folder_belongs_to_where_the_state_is_in_an_engine()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() && Environment.IsPrivilegedProcess, "This is about root: run the tests as root.");
        await using var engine = await FleetEngine.StartAsync("Redis", Stop);
        await using var ca = await LocalCaApp.StartAsync();
        await using var edge = new SampleEdge(ca.HttpPort, ca.TlsPort).Using(ca, "shop.test");
        engine.Use(edge, engine.Port);
        edge.Settings["Acme__Store__Cache"] = "true";
        var keys = Directory.CreateDirectory(Path.Combine(edge.ContentRoot, "keys")).FullName;
        edge.Settings["DataProtection__Keys"] = keys;
        var program = Share(edge, ca);
        Directory.CreateDirectory(edge.StateDirectory);
        await RunAsync("chown", "-R", $"{Nobody}:{Nobody}", edge.StateDirectory, keys);

        var said = await RunAsync(edge, program, "acme", "reconcile");
        Assert.True(said.Exit == 0, said.Error);
        Assert.Equal(0, (await RunAsync(edge, program, "acme", "want", "blog.test")).Exit);
        Assert.Equal(0, (await RunAsync(edge, program, "acme", "explain", "shop.test")).Exit);

        Assert.NotEmpty(Directory.GetFiles(edge.InState("store-cache"), "privkey", SearchOption.AllDirectories));
        Assert.Equal("", (await RunAsync("find", edge.StateDirectory, keys, "!", "-user", Nobody)).Output.Trim());
        Assert.Contains("The state belongs to nobody", said.Error, StringComparison.Ordinal);
    }

    internal static Task<Said> AcmeAsync(SampleEdge edge, params string[] words) => RunAsync(edge, SampleEdge.Program, ["acme", .. words]);

    /// <summary>The program where every user can read it.</summary>
    private static string Share(SampleEdge edge, LocalCaApp ca)
    {
        var folder = Path.Combine(edge.ContentRoot, "program");
        Directory.CreateDirectory(folder);
        foreach (var file in Directory.EnumerateFiles(Path.GetDirectoryName(SampleEdge.Program)!)) File.Copy(file, Path.Combine(folder, Path.GetFileName(file)));
        var root = Path.Combine(edge.ContentRoot, "root.pem");
        File.Copy(ca.RootPath, root);
        edge.Settings["Acme__Providers__pebble__TrustedRootsFile"] = root;
        edge.Settings["HOME"] = edge.ContentRoot;
        foreach (var path in Directory.EnumerateFileSystemEntries(edge.ContentRoot, "*", SearchOption.AllDirectories).Append(edge.ContentRoot).Append(Path.GetDirectoryName(edge.ContentRoot)!))
        {
            if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(path, File.GetUnixFileMode(path) | UnixFileMode.OtherRead | (Directory.Exists(path) ? UnixFileMode.OtherExecute : 0));
        }

        return Path.Combine(folder, "SampleWeb");
    }

    internal static Task<Said> RunAsync(SampleEdge edge, string program, params string[] arguments) => RunAsync(program, arguments, edge.Settings, edge.ContentRoot);

    private static Task<Said> RunAsync(string program, params string[] arguments) => RunAsync(program, arguments, [], "/");

    private static async Task<Said> RunAsync(string program, string[] arguments, IEnumerable<KeyValuePair<string, string>> environment, string folder)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true, WorkingDirectory = folder };
        foreach (var (name, value) in environment) start.Environment[name] = value;
        using var process = Process.Start(start)!;
        process.StandardInput.Close();
        using var patience = Patience.Linked(Stop);
        var (output, error) = (process.StandardOutput.ReadToEndAsync(patience.Token), process.StandardError.ReadToEndAsync(patience.Token));
        try
        {
            await process.WaitForExitAsync(patience.Token);
            return new Said(process.ExitCode, await output, await error);
        }
        finally
        {
            if (!process.HasExited) process.Kill(entireProcessTree: true);
        }
    }

    internal sealed record Said(int Exit, string Output, string Error);
}
