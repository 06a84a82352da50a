using System.Net.Sockets;
using System.Security.Authentication;
using System.Text.Json;

namespace AcmeKestrel.InteropTests.Edge;

/// <summary>The real SampleWeb as a process of its own, with a state directory and ports that outlive it: start, stop or kill it as often as a test likes.</summary>
internal sealed class SampleEdge : IAsyncDisposable
{
    /// <summary>As these tests were built, so was it: what <c>dotnet run</c> starts.</summary>
    public static string BuiltProgram { get; } = Built(new DirectoryInfo(AppContext.BaseDirectory.TrimEnd(Path.DirectorySeparatorChar)));

    /// <summary>What is started unless a test says otherwise: the published one of <see cref="PublishedSample"/>, if there is one.</summary>
    public static string Program { get; } = PublishedSample.Program ?? BuiltProgram;

    private readonly TemporaryFolder _folder = new();
    private readonly List<ChildProcess> _started = [];

    /// <param name="httpPort">Where a CA probes it, if that was chosen before.</param>
    public SampleEdge(int? httpPort = null, int? httpsPort = null)
    {
        (HttpPort, HttpsPort) = (httpPort ?? FreePort.Next(), httpsPort ?? FreePort.Next());
        Directory.CreateDirectory(ContentRoot);
        Settings = new(StringComparer.Ordinal)
        {
            ["ASPNETCORE_ENVIRONMENT"] = "Production",
            ["ASPNETCORE_URLS"] = "",
            ["DOTNET_ROOT"] = ChildProcess.DotNetRoot,
            ["Acme__StateDirectory"] = StateDirectory,
            ["Kestrel__Endpoints__Http__Url"] = $"http://127.0.0.1:{HttpPort}",
            ["Kestrel__Endpoints__Https__Url"] = $"https://127.0.0.1:{HttpsPort}",
        };
    }

    public int HttpPort { get; }

    public int HttpsPort { get; }

    public string StateDirectory => _folder.In("state");

    /// <summary>Where its appsettings.json is, which is read again after each change.</summary>
    public string ContentRoot => _folder.In("content");

    /// <summary>The environment variables it is started with.</summary>
    public Dictionary<string, string> Settings { get; }

    /// <summary>The running process.</summary>
    public ChildProcess Process => _started[^1];

    /// <summary>Those that the running process has told of.</summary>
    public int FailedOrders => Process.Output.Split('\n').Count(line => line.Contains(": no certificate: ", StringComparison.Ordinal));

    /// <summary>The keys that make it use a CA: a contract.</summary>
    public SampleEdge Using(Pebble.PebbleServer ca, params string[] domains) => Using(ca.DirectoryUrl, ca.TrustedRootsFile, domains);

    /// <summary>The same, with something in front of the CA.</summary>
    public SampleEdge Using(Pebble.WatchedCa ca, params string[] domains) => Using(ca.DirectoryUrl, ca.TrustedRootsFile, domains);

    /// <summary>The same, with the embedded CA.</summary>
    public SampleEdge Using(LocalCa.LocalCaApp ca, params string[] domains) => Using(ca.DirectoryUrl, ca.RootPath, domains);

    /// <summary>Names are proven by records in this server, which is asked for everything.</summary>
    public SampleEdge ProvingBy(Dns.BindServer bind)
    {
        Settings["Acme__Dns__Default"] = "bind";
        Settings["Acme__Dns__Resolvers__0"] = bind.EndPoint.ToString();
        Settings["Acme__Dns__Providers__bind__Type"] = "rfc2136";
        Settings["Acme__Dns__Providers__bind__Server"] = bind.EndPoint.ToString();
        Settings["Acme__Dns__Providers__bind__TsigName"] = "sha256.test";
        Settings["Acme__Dns__Providers__bind__TsigSecret"] = Dns.BindServer.Secret;
        Settings["Acme__Challenges__0"] = "dns-01";
        return this;
    }

    public ChildProcess Start(params string[] arguments) => StartProgram(Program, arguments);

    /// <summary>The same on a kernel that answers some system calls in another way: <c>error=EPERM</c>, or <c>retval=0</c> without doing anything.</summary>
    public ChildProcess StartOnKernel(params (string Calls, string Answer)[] answers)
    {
        Settings["DOTNET_EnableDiagnostics"] = "0"; // Its socket is not what is tried here.
        string[] options = ["-f", "-qq", "--seccomp-bpf", "-o", "/dev/null", "-e", $"trace={string.Join(',', answers.Select(answer => answer.Calls))}"];
        return StartProgram(
            RealThing.Require("strace", "strace"), [.. options, .. answers.SelectMany(answer => new[] { "-e", $"inject={answer.Calls}:{answer.Answer}" }), Program]);
    }

    /// <summary>Another program in its place.</summary>
    public ChildProcess StartProgram(string program, params string[] arguments)
    {
        var process = ChildProcess.Start(program, arguments, Settings, ContentRoot);
        _started.Add(process);
        return process;
    }

    /// <summary>The first answer to a TLS handshake: waits only for the port.</summary>
    public Task<ServedChain> FirstHandshakeAsync(string host, CancellationToken cancellationToken) =>
        Patience.UntilAsync(token => TryHandshakeAsync(host, token), () => $"No handshake. Output:\n{Process.Output}", cancellationToken);

    /// <summary>Waits until a certificate that somebody issued is served for the name.</summary>
    public Task<ServedChain> ServedAsync(string host, CancellationToken cancellationToken) =>
        Patience.UntilAsync(
            async token => await TryHandshakeAsync(host, token) is { IsSelfSigned: false } served && served.Covers(host) ? served : null,
            () => $"{host} is not served. Output:\n{Process.Output}",
            cancellationToken);

    /// <summary>Its appsettings.json from now on, written beside and renamed: a reload must not read half a file.</summary>
    public void Configure(object settings)
    {
        var file = Path.Combine(ContentRoot, "appsettings.json");
        File.WriteAllText(file + ".new", JsonSerializer.Serialize(settings));
        File.Move(file + ".new", file, overwrite: true);
    }

    /// <summary>The names that it orders from now on are these.</summary>
    public void Wish(params string[] domains) => Configure(new { Acme = new { Domains = domains } });

    public string InState(params string[] parts) => Path.Combine([StateDirectory, .. parts]);

    public async ValueTask DisposeAsync()
    {
        foreach (var process in _started) await process.DisposeAsync();
        _folder.Dispose();
    }

    private async Task<ServedChain?> TryHandshakeAsync(string host, CancellationToken cancellationToken)
    {
        if (Process.HasExited) throw new InvalidOperationException($"The edge ended:\n{Process.Output}");

        try
        {
            return await ServedChain.FetchAsync(HttpsPort, host, cancellationToken);
        }
        catch (Exception notYet) when (notYet is SocketException or IOException or AuthenticationException)
        {
            return null;
        }
    }

    private SampleEdge Using(string directoryUrl, string trustedRootsFile, string[] domains)
    {
        Settings["Acme__Provider"] = "pebble";
        Settings["Acme__Providers__pebble__Directory"] = directoryUrl;
        Settings["Acme__Providers__pebble__TrustedRootsFile"] = trustedRootsFile;
        Settings["Acme__Email"] = "ops@example.test";
        Settings["Acme__AcceptTermsOfService"] = "true";
        for (var index = 0; index < domains.Length; index++) Settings[$"Acme__Domains__{index}"] = domains[index];
        return this;
    }

    private static string Built(DirectoryInfo output) => Path.Combine(Checkout.Root, "src", "SampleWeb", "bin", output.Parent!.Name, output.Name, "SampleWeb");
}
