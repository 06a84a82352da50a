using System.Diagnostics;
using System.Security.Cryptography.X509Certificates;
using AcmeKestrel.InteropTests.Edge;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace AcmeKestrel.InteropTests.Hooks;

/// <summary>nginx serves what is in the state directory, and a hook reloads it.</summary>
public sealed class NginxTests
{
    private const string Name = "shop.test";
    private const int Renewals = 10;

    /// <summary>The reload of this one fails at first.</summary>
    private const int Failing = 5;

    /// <summary>From a change to its reload, and from the end of the hook to the visitors, on a busy machine.</summary>
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(45);

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    /// <summary>Each renewal is made while nginx is told of the one before: in turns before its reload begins, so that the link only waits for the hook's end, and while nginx opens its files.</summary>
    [Fact]
    public async Task Nginx_follows_ten_renewals_made_into_its_reloads_without_a_failed_request_and_a_reload_that_fails_is_tried_again()
    {
        using var folder = new TemporaryFolder();
        var state = folder.In("etc", "ssl", "acme");
        await using var nginx = new NginxServer(folder, state, Name);
        await File.WriteAllTextAsync(folder.In("reload"), Hook(folder, state, nginx), Stop);
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(folder.Path, (UnixFileMode)0b111_001_001);
        await using var app = App(folder, state);
        await app.StartAsync(Stop);
        var (certificates, hooks) = (app.Services.GetRequiredService<IAcmeCertificates>(), app.Services.GetRequiredService<IAcmeHooks>());
        await UntilAsync(hooks, hook => hook.Pending == 0 && Calls(folder).Count == 1);
        await ConfineAsync(state);
        await nginx.StartAsync(Stop);
        await Patience.UntilAsync<object>(async token => await AnswersAsync(nginx.Port, token) ? folder : null, () => nginx.ErrorLog, Stop);
        await AssertConfinedAsync(state);

        // From now on the hook reloads, and waits before it does so for a word.
        await File.WriteAllTextAsync(folder.In("runs"), "", Stop);
        var root = app.Services.GetRequiredService<IOptions<AcmeOptions>>().Value.Providers!["local"].TrustedRootsFile!;
        await using var visitors = new Visitors(nginx.Port, Name, X509Certificate2.CreateFromPem(await File.ReadAllTextAsync(root, Stop)));
        var told = await RenewAsync(certificates);
        for (var renewal = 1; renewal <= Renewals; renewal++)
        {
            if (renewal == Failing) Assert.Contains("it exited with 3", (await UntilAsync(hooks, hook => hook.Failures > 0)).LastProblem!, StringComparison.Ordinal);
            var since = Stopwatch.GetTimestamp();
            await ComesAsync(folder.In("reloading"));
            Assert.InRange(Stopwatch.GetElapsedTime(since), TimeSpan.Zero, Soon);
            Assert.Equal(told, SerialOf(state));
            if (renewal == Failing - 1) await File.WriteAllTextAsync(folder.In("fail"), "", Stop);

            var (isLast, isBefore) = (renewal == Renewals, renewal % 2 == 0);
            var next = isLast ? null : isBefore ? await RenewAsync(certificates) : null;
            Assert.Equal(told, SerialOf(state));
            var from = Stopwatch.GetTimestamp();
            await File.WriteAllTextAsync(folder.In("go"), "", Stop);
            if (!isLast && !isBefore) next = await RenewAsync(certificates);

            await Patience.UntilAsync<object>(_ => Task.FromResult<object?>(visitors.FirstShown(told)), () => $"nginx never showed the certificate of renewal {renewal}:\n{string.Join('\n', visitors.Failures)}\n{nginx.ErrorLog}", Stop);
            Assert.InRange(Stopwatch.GetElapsedTime(from, visitors.FirstShown(told)!.Value), TimeSpan.Zero, Soon);
            told = next ?? told;
        }

        await UntilAsync(hooks, hook => hook is { Pending: 0, LastProblem: null });
        await visitors.StopAsync();

        Assert.Empty(visitors.Failures);
        Assert.InRange(visitors.Answers, 200, int.MaxValue);
        Assert.False(File.Exists(folder.In("moved")), "A link moved while the hook ran.");
        Assert.DoesNotContain("[emerg]", nginx.ErrorLog, StringComparison.Ordinal);

        // Each was told of for itself, and the one that failed twice, by the same name.
        var calls = Calls(folder);
        Assert.Equal((Renewals + 1, Renewals + 2), (calls.Select(call => call.Split(' ')[0]).Distinct().Count(), calls.Count));
        Assert.Equal([calls[Failing].Replace(" 1", " 2", StringComparison.Ordinal)], calls.Where(call => call.EndsWith(" 2", StringComparison.Ordinal)));
        await app.StopAsync(Stop);
    }

    /// <summary>The serial number of a new certificate, which this application serves by then.</summary>
    private static async Task<string> RenewAsync(IAcmeCertificates certificates)
    {
        Assert.Equal(AcmeCertificateState.Served, (await certificates.RenewAsync(Name, Stop))!.State);
        return (await certificates.GetAsync(Name, Stop))!.Served!.SerialNumber!;
    }

    /// <summary>As docs/operations.md says: the state opens to those that may pass through it, and the key is its group's.</summary>
    private static async Task ConfineAsync(string state)
    {
        if (!NginxServer.IsOther || OperatingSystem.IsWindows()) return;

        await NginxServer.RunAsync("chgrp", [NginxServer.Group, state], Stop);
        File.SetUnixFileMode(state, (UnixFileMode)0b111_001_000);
    }

    private static async Task AssertConfinedAsync(string state)
    {
        if (!NginxServer.IsOther) return;

        Assert.False(await NginxServer.MayReadAsync(state, Stop));
        foreach (var folder in Directory.EnumerateDirectories(state))
        {
            // The operator's own folder is as he made it.
            if (Path.GetFileName(folder) is not "desired" and var name) Assert.True(name == "certs" == await NginxServer.MayReadAsync(folder, Stop), name);
        }
    }

    private static async Task<bool> AnswersAsync(int port, CancellationToken cancellationToken)
    {
        try
        {
            return (await ServedChain.FetchAsync(port, Name, cancellationToken)).Covers(Name);
        }
        catch (Exception notYet) when (notYet is System.Net.Sockets.SocketException or IOException)
        {
            return false;
        }
    }

    private static Task ComesAsync(string file) => Patience.UntilAsync<object>(_ => Task.FromResult<object?>(File.Exists(file) ? file : null), () => $"{file} never came", Stop);

    private static List<string> Calls(TemporaryFolder folder) => File.Exists(folder.In("calls")) ? [.. File.ReadAllLines(folder.In("calls"))] : [];

    private static string SerialOf(string state)
    {
        using var shown = X509Certificate2.CreateFromPem(File.ReadAllText(Path.Combine(state, "certs", Name, "fullchain")));
        return shown.SerialNumber;
    }

    private static Task<AcmeHookStatus> UntilAsync(IAcmeHooks hooks, Func<AcmeHookStatus, bool> match) => Patience.UntilAsync(
        _ => Task.FromResult(hooks.List().FirstOrDefault(match)), () => string.Join('\n', hooks.List().Select(hook => $"{hook.Name}: {hook.Pending} pending, {hook.Failures} failures, {hook.LastProblem}")), Stop);

    private static string Hook(TemporaryFolder folder, string state, NginxServer nginx) => $"""
        cd {folder.Path} || exit 9
        echo "$ACME_DELIVERY $ACME_ATTEMPT" >> calls
        [ -e runs ] || exit 0
        if [ -e fail ]; then rm fail; exit 3; fi
        before=$(readlink {state}/certs/{Name})
        : > reloading
        tries=0
        while [ ! -e go ]; do tries=$((tries + 1)); [ $tries -lt 2000 ] || exit 4; sleep 0.02; done
        rm go reloading
        {nginx.Reload} || exit 1
        [ "$before" = "$(readlink {state}/certs/{Name})" ] || : > moved
        """;

    private static WebApplication App(TemporaryFolder folder, string state)
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
            ["Acme:KeyGroup"] = NginxServer.IsOther ? NginxServer.Group : null,
            ["Acme:Hooks:Programs:nginx:Command"] = "/bin/sh",
            ["Acme:Hooks:Programs:nginx:Args:0"] = folder.In("reload"),
            ["Acme:Hooks:Programs:nginx:Protocol"] = "Plain",
        });
        builder.Services.AddAcme().AddLocalCa();
        return builder.Build();
    }
}
