using AcmeKestrel.InteropTests.Edge;

namespace AcmeKestrel.InteropTests.Hooks;

/// <summary>Debian's nginx in a folder of its own, which serves what is in the state directory. Where the tests are root it is another user, all of it: nothing but <c>certs/</c> may be read by it.</summary>
internal sealed class NginxServer : IAsyncDisposable
{
    /// <summary>Nobody in no group: what a confined server may read is what everybody, or its group, may.</summary>
    public const string Group = "nogroup";

    private const string User = "nobody";

    /// <summary>It opens the certificate and, so much later, the key: whatever moves meanwhile is a pair that does not match. Less than the second for which nothing moves after a hook.</summary>
    private const string Between = "100000";

    private readonly TemporaryFolder _folder;
    private readonly string _program;
    private readonly string _state;
    private readonly string _name;
    private ChildProcess? _process;

    public NginxServer(TemporaryFolder folder, string state, string name)
    {
        (_folder, _state, _name) = (folder, state, name);
        _program = RealThing.Require("nginx", "nginx-light");
        Directory.CreateDirectory(folder.In("nginx"));
        File.WriteAllText(folder.In("nginx.conf"), Configuration());
    }

    /// <summary>Another user than the one that has the state.</summary>
    public static bool IsOther => Environment.IsPrivilegedProcess;

    public int Port { get; } = FreePort.Next();

    /// <summary>As a line of a script.</summary>
    public string Reload => $"{_program} -e {_folder.In("nginx", "reload.log")} -p {_folder.Path} -c {_folder.In("nginx.conf")} -s reload";

    public string ErrorLog => File.ReadAllText(_folder.In("nginx", "error.log"));

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        if (IsOther) await RunAsync("chown", [$"{User}:{Group}", _folder.In("nginx")], cancellationToken);
        string[] strace = ["-f", "-qq", "--seccomp-bpf", "-o", "/dev/null", "-P", Path.Combine(_state, "certs", _name, "privkey"), "-e", $"inject=openat:delay_enter={Between}"];
        string[] nginx = [_program, "-e", _folder.In("nginx", "error.log"), "-p", _folder.Path, "-c", _folder.In("nginx.conf")];
        _process = Start([RealThing.Require("strace", "strace"), .. strace, .. nginx]);
    }

    /// <summary>What it says of a test, seen by its user.</summary>
    public static async Task<bool> MayReadAsync(string path, CancellationToken cancellationToken)
    {
        await using var test = Start(["test", "-r", path]);
        return await test.ExitAsync(cancellationToken) == 0;
    }

    public static async Task RunAsync(string program, string[] arguments, CancellationToken cancellationToken)
    {
        await using var process = ChildProcess.Start(program, arguments, [], "/");
        Assert.True(await process.ExitAsync(cancellationToken) == 0, process.Output);
    }

    public async ValueTask DisposeAsync()
    {
        if (_process is not null) await _process.DisposeAsync();
    }

    private static ChildProcess Start(string[] command)
    {
        if (!IsOther) return ChildProcess.Start(command[0], command[1..], [], "/");

        return ChildProcess.Start(RealThing.Require("setpriv", "util-linux"), ["--reuid", User, "--regid", Group, "--clear-groups", .. command], [], "/");
    }

    private string Configuration() => $$"""
        daemon off;
        pid {{_folder.In("nginx", "pid")}};
        error_log {{_folder.In("nginx", "error.log")}} notice;
        worker_processes 2;
        events { worker_connections 64; }
        http {
            access_log off;
            client_body_temp_path {{_folder.In("nginx", "body")}};
            proxy_temp_path {{_folder.In("nginx", "proxy")}};
            fastcgi_temp_path {{_folder.In("nginx", "fastcgi")}};
            uwsgi_temp_path {{_folder.In("nginx", "uwsgi")}};
            scgi_temp_path {{_folder.In("nginx", "scgi")}};
            server {
                listen 127.0.0.1:{{Port}} ssl;
                ssl_certificate {{_state}}/certs/{{_name}}/fullchain;
                ssl_certificate_key {{_state}}/certs/{{_name}}/privkey;
                location / { return 200 "ok"; }
            }
        }
        """;
}
