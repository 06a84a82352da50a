using System.Security.Cryptography.X509Certificates;
using AcmeKestrel.InteropTests.Edge;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace AcmeKestrel.InteropTests.Hooks;

/// <summary>nginx serves what is in the state directory, and a hook reloads it.</summary>
public sealed class NginxTests
{
    private const string Name = "shop.test";
    private const int Renewals = 10;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Nginx_follows_ten_renewals_under_load_without_a_failed_handshake_and_a_reload_that_fails_is_tried_again()
    {
        var nginx = RealThing.Require("nginx", "nginx-light");
        using var folder = new TemporaryFolder();
        var (state, port) = (folder.In("state"), FreePort.Next());
        await File.WriteAllTextAsync(folder.In("nginx.conf"), Configuration(folder, state, port), Stop);
        await using var app = App(nginx, folder, state);
        await app.StartAsync(Stop);
        var (certificates, hooks) = (app.Services.GetRequiredService<IAcmeCertificates>(), app.Services.GetRequiredService<IAcmeHooks>());

        // It does not run yet, so it cannot be reloaded.
        var failing = await UntilAsync(hooks, hook => hook.Failures > 0);
        Assert.Equal((1, true), (failing.Pending, failing.LastProblem!.Contains("it exited with 1", StringComparison.Ordinal)));
        await using var server = ChildProcess.Start(nginx, ["-p", folder.Path, "-c", folder.In("nginx.conf")], [], folder.Path);
        await UntilAsync(hooks, hook => hook is { Pending: 0, LastProblem: null });

        using var over = CancellationTokenSource.CreateLinkedTokenSource(Stop);
        var visits = VisitAsync(port, over.Token);
        for (var i = 0; i < Renewals; i++)
        {
            Assert.Equal(AcmeCertificateState.Served, (await certificates.RenewAsync(Name, Stop))!.State);

            // Into the reloads, at other moments each time.
            await Task.Delay(TimeSpan.FromMilliseconds(300 * i), Stop);
        }

        var newest = (await certificates.GetAsync(Name, Stop))!.Served!;
        await Patience.UntilAsync(async token => (await ServedChain.FetchAsync(port, Name, token)).Certificate.SerialNumber == SerialOf(state) ? newest : null, () => "nginx never came to the newest certificate", Stop);
        await over.CancelAsync();

        Assert.True(await visits > 20);
        Assert.DoesNotContain("[emerg]", await File.ReadAllTextAsync(folder.In("error.log"), Stop), StringComparison.Ordinal);
        await UntilAsync(hooks, hook => hook is { Pending: 0, LastProblem: null });
        await app.StopAsync(Stop);
        await server.StopAsync(Stop);
    }

    /// <summary>One visitor after the other; each must get a certificate for the name. How many came.</summary>
    private static async Task<int> VisitAsync(int port, CancellationToken cancellationToken)
    {
        for (var visits = 0; ; visits++)
        {
            try
            {
                Assert.True((await ServedChain.FetchAsync(port, Name, cancellationToken)).Covers(Name));
                await Task.Delay(20, cancellationToken);
            }
            catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
            {
                return visits;
            }
        }
    }

    private static string SerialOf(string state)
    {
        using var shown = X509Certificate2.CreateFromPem(File.ReadAllText(Path.Combine(state, "certs", Name, "fullchain")));
        return shown.SerialNumber;
    }

    private static Task<AcmeHookStatus> UntilAsync(IAcmeHooks hooks, Func<AcmeHookStatus, bool> match) => Patience.UntilAsync(
        _ => Task.FromResult(hooks.List().FirstOrDefault(match)), () => string.Join('\n', hooks.List().Select(hook => $"{hook.Name}: {hook.Pending} pending, {hook.Failures} failures, {hook.LastProblem}")), Stop);

    private static WebApplication App(string nginx, TemporaryFolder folder, string state)
    {
        var builder = WebApplication.CreateBuilder(new WebApplicationOptions { EnvironmentName = "Development", ContentRootPath = folder.Path, ApplicationName = "app" });
        builder.Logging.ClearProviders();
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["Kestrel:Endpoints:Https:Url"] = "https://127.0.0.1:0",
            ["LocalCa:Url"] = "https://127.0.0.1:0/directory",
            ["Acme:Provider"] = "local",
            ["Acme:AcceptTermsOfService"] = "true",
            ["Acme:StateDirectory"] = state,
            ["Acme:Domains:0"] = Name,
            ["Acme:Hooks:Programs:nginx:Command"] = nginx,
            ["Acme:Hooks:Programs:nginx:Args:0"] = "-p",
            ["Acme:Hooks:Programs:nginx:Args:1"] = folder.Path,
            ["Acme:Hooks:Programs:nginx:Args:2"] = "-c",
            ["Acme:Hooks:Programs:nginx:Args:3"] = folder.In("nginx.conf"),
            ["Acme:Hooks:Programs:nginx:Args:4"] = "-s",
            ["Acme:Hooks:Programs:nginx:Args:5"] = "reload",
            ["Acme:Hooks:Programs:nginx:Protocol"] = "Plain",
        });
        builder.Services.AddAcme().AddLocalCa();
        return builder.Build();
    }

    private static string Configuration(TemporaryFolder folder, string state, int port) => $$"""
        daemon off;
        pid {{folder.In("nginx.pid")}};
        error_log {{folder.In("error.log")}} notice;
        worker_processes 1;
        events { worker_connections 64; }
        http {
            access_log off;
            client_body_temp_path {{folder.In("body")}};
            proxy_temp_path {{folder.In("proxy")}};
            fastcgi_temp_path {{folder.In("fastcgi")}};
            uwsgi_temp_path {{folder.In("uwsgi")}};
            scgi_temp_path {{folder.In("scgi")}};
            server {
                listen 127.0.0.1:{{port}} ssl;
                ssl_certificate {{state}}/certs/{{Name}}/fullchain;
                ssl_certificate_key {{state}}/certs/{{Name}}/privkey;
                location / { return 200 "ok"; }
            }
        }
        """;
}
