using System.Globalization;
using AcmeKestrel.InteropTests;
using AcmeKestrel.InteropTests.Edge;

namespace AcmeKestrel.Benchmarks.Edge;

/// <summary>Debian's nginx, one process: a small answer to everything, and connections that nothing but the proxy ends.</summary>
internal sealed class Backend : IAsyncDisposable
{
    private readonly ChildProcess _process;

    public Backend(string folder)
    {
        var (program, port) = (RealThing.Require("nginx", "nginx"), FreePort.Next());
        Directory.CreateDirectory(folder);
        var configuration = string.Create(
            CultureInfo.InvariantCulture,
            $$"""
            daemon off;
            master_process off;
            pid {{folder}}/pid;
            error_log stderr warn;
            events { worker_connections 4096; }
            http {
              access_log off;
              keepalive_requests 1000000000;
              keepalive_timeout 1h;
              client_body_temp_path {{folder}};
              proxy_temp_path {{folder}};
              fastcgi_temp_path {{folder}};
              uwsgi_temp_path {{folder}};
              scgi_temp_path {{folder}};
              server {
                listen 127.0.0.1:{{port}};
                location / { return 200 "Hello\n"; }
              }
            }
            """);
        var path = Path.Combine(folder, "nginx.conf");
        File.WriteAllText(path, configuration);
        Address = string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{port}");
        _process = ChildProcess.Start(program, ["-p", folder, "-c", path], [], folder);
    }

    public string Address { get; }

    public ValueTask DisposeAsync() => _process.DisposeAsync();
}
