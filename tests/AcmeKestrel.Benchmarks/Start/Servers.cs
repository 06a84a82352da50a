using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.Json;
using AcmeKestrel.InteropTests;
using AcmeKestrel.InteropTests.Edge;

namespace AcmeKestrel.Benchmarks.Start;

/// <summary>The servers that are held against each other, ready to be started on one state.</summary>
internal static class Servers
{
    /// <summary>As SampleWeb's <c>appsettings.json</c> has it, in whose place the state brings one.</summary>
    public static KeyValuePair<string, string> NoActivities { get; } = new("Logging__LogLevel__Microsoft.AspNetCore.Hosting.Diagnostics", "None");

    /// <summary>Publishes SampleWeb into the folder, unless it is there already; the path of its executable.</summary>
    public static async Task<string> PublishAsync(StartOptions options, string folder)
    {
        if (options.Program is { } published) return published;

        Console.WriteLine($"publishing SampleWeb ({options.Flavour})");

        // One runtime's packages stand in no lock file, and what is built for it is kept apart from all other builds.
        string[] apart =
        [
            "-r", RuntimeInformation.RuntimeIdentifier, "--artifacts-path", folder + "-build", "-p:NuGetLockFilePath=obj/start.lock.json", "-p:RunAnalyzers=false",
        ];
        string[] flavour = options.Flavour switch
        {
            StartFlavour.ReadyToRun => [.. apart, "--self-contained", "false", "-p:PublishReadyToRun=true"],
            StartFlavour.NativeAot => [.. apart, "-p:PublishAot=true"],
            _ => [],
        };
        await using var publish = ChildProcess.Start("dotnet", ["publish", Path.Combine(Checkout.Root, "src", "SampleWeb"), "-c", "Release", "-o", folder, "-v", "q", .. flavour], [], Checkout.Root);
        using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(15));
        while (!publish.HasExited) await Task.Delay(100, patience.Token);
        if (await publish.ExitAsync(patience.Token) != 0) throw new InvalidOperationException(publish.Output);
        return Path.Combine(folder, "SampleWeb");
    }

    /// <summary>In a folder of its own, so that nothing but what is said here is configured.</summary>
    /// <param name="more">Configured beside it.</param>
    public static StartedServer StartSample(StartState state, string program, IEnumerable<KeyValuePair<string, string>>? more = null)
    {
        PageCache.Fill(Path.GetDirectoryName(program)!);
        PageCache.Fill(RuntimeEnvironment.GetRuntimeDirectory());
        PageCache.Fill(Path.GetDirectoryName(typeof(Microsoft.AspNetCore.Builder.WebApplication).Assembly.Location)!);
        var (http, https) = (FreePort.Next(), FreePort.Next());
        var environment = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["DOTNET_ROOT"] = ChildProcess.DotNetRoot,
            ["ASPNETCORE_ENVIRONMENT"] = "Production",
            ["ASPNETCORE_URLS"] = "",
            ["Logging__LogLevel__Default"] = "Warning",
            [NoActivities.Key] = NoActivities.Value,
            ["Kestrel__Endpoints__Http__Url"] = string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{http}"),
            ["Kestrel__Endpoints__Https__Url"] = string.Create(CultureInfo.InvariantCulture, $"https://127.0.0.1:{https}"),
            ["Acme__StateDirectory"] = state.Path,
            ["Acme__Provider"] = "start",
            ["Acme__Providers__start__Directory"] = StartState.DirectoryUrl,
            ["Acme__AcceptTermsOfService"] = "true",
            ["Acme__Renewal__Ari"] = "false",
        };
        foreach (var (name, value) in more ?? []) environment[name] = value;
        return new StartedServer(program, [], environment, state.ContentRoot, https, state.Root);
    }

    /// <summary>Debian's, told to keep all certificates and to do nothing about any of them.</summary>
    /// <param name="handler">What it does with a request; null: a greeting.</param>
    public static StartedServer StartCaddy(StartState state, object? handler = null)
    {
        var program = RealThing.Require("caddy", "caddy");
        PageCache.Fill(Path.GetDirectoryName(Path.GetFullPath(program))!, Path.GetFileName(program));
        var (port, home) = (FreePort.Next(), state.In("caddy"));
        Directory.CreateDirectory(home);
        var configuration = new
        {
            admin = new { disabled = true, config = new { persist = false } },
            logging = new { logs = new { @default = new { level = "WARN" } } },
            storage = new { module = "file_system", root = home },
            apps = new
            {
                tls = new { certificates = new { load_folders = new[] { state.Bundles } }, cache = new { capacity = state.Names.Count + 1000 }, disable_ocsp_stapling = true },
                http = new
                {
                    servers = new
                    {
                        edge = new
                        {
                            listen = new[] { string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{port}") },
                            automatic_https = new { disable = true },
                            tls_connection_policies = new[] { new { } },
                            routes = new[] { new { handle = new[] { handler ?? new { handler = "static_response", body = "Hello" } } } },
                        },
                    },
                },
            },
        };
        var path = Path.Combine(home, "caddy.json");
        File.WriteAllBytes(path, JsonSerializer.SerializeToUtf8Bytes(configuration));
        var environment = new Dictionary<string, string>(StringComparer.Ordinal) { ["HOME"] = home, ["XDG_CONFIG_HOME"] = home, ["XDG_DATA_HOME"] = home };
        return new StartedServer(program, ["run", "--config", path], environment, home, port, state.Root);
    }
}
