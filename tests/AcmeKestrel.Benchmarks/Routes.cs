using System.Diagnostics;
using System.Globalization;
using AcmeKestrel.Certificates;
using AcmeKestrel.Certificates.Ports;
using AcmeKestrel.Lifecycle;
using AcmeKestrel.Lifecycle.Stored;
using AcmeKestrel.Storage;
using AcmeKestrel.Tests.Lifecycle;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Yarp.ReverseProxy.Configuration;

namespace AcmeKestrel.Benchmarks;

/// <summary>YARP with many routes of which one gets another host ten times a second: what that costs with <c>AddYarpHosts()</c>, and YARP alone. Each host has a certificate; no handshake, no disk, no CA.</summary>
internal static class Routes
{
    private const int Changes = 100;
    private static readonly TimeSpan Pace = TimeSpan.FromMilliseconds(100);

    public static async Task<int> MeasureAsync(int count)
    {
        // In turns, and the first of each is for the compiler.
        foreach (var turn in Enumerable.Range(0, 3))
        {
            var (bare, ours) = (await MeasureAsync(count, withHosts: false), await MeasureAsync(count, withHosts: true));
            if (turn == 0) continue;

            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"| {count} routes, one changed | YARP alone {bare:F2} ms of processor time a change | with AddYarpHosts, until the wish is taken {ours:F2} ms |"));
        }

        return 0;
    }

    private static async Task<double> MeasureAsync(int count, bool withHosts)
    {
        await using var app = Build(withHosts, Enumerable.Range(0, count).Select(number => Route(number, 0)));
        app.MapReverseProxy();
        var (proxy, applied) = (app.Services.GetRequiredService<InMemoryConfigProvider>(), app.Services.GetServices<IConfigChangeListener>().OfType<Applied>().Single());
        var follower = withHosts ? await FollowAsync(app.Services, count) : null;
        var routes = proxy.GetConfig().Routes.ToArray();
        var before = Process.GetCurrentProcess().TotalProcessorTime;
        for (var change = 1; change <= Changes; change++)
        {
            var begun = Stopwatch.GetTimestamp();
            var number = (int)((long)change * count / (Changes + 1));
            routes[number] = Route(number, change);
            var waiting = applied.NextAsync();
            proxy.Update([.. routes], []);
            await waiting.WaitAsync(TimeSpan.FromMinutes(1));
            if (follower is not null) await follower.ReadAsync(asksAll: false, CancellationToken.None);
            if (Pace - Stopwatch.GetElapsedTime(begun) is { Ticks: > 0 } rest) await Task.Delay(rest);
        }

        if (follower is not null && app.Services.GetRequiredService<Labels>().Wishes.Count() != count) throw new InvalidOperationException("Not all hosts are wished.");
        return (Process.GetCurrentProcess().TotalProcessorTime - before).TotalMilliseconds / Changes;
    }

    /// <summary>With a certificate for each host that a route has or will have.</summary>
    private static async Task<WishFollower> FollowAsync(IServiceProvider services, int count)
    {
        await services.GetRequiredService<Lifecycle.State.StateLease>().TryTakeAsync(CancellationToken.None);
        await services.GetRequiredService<StateTakeover>().LoadAsync(CancellationToken.None);
        var (labels, table) = (services.GetRequiredService<Labels>(), services.GetRequiredService<ICertificatePublisher>());
        var hosts = Enumerable.Range(0, count).Select(number => Host(number, 0)).Concat(Enumerable.Range(1, Changes).Select(change => Host((int)((long)change * count / (Changes + 1)), change)));
        foreach (var facts in hosts.Select(Plan.FactsOf))
        {
            labels.Of(facts.Label).Adopt(new LoadedLabel(facts.Label) { Certificate = facts });
            table.Publish(facts);
        }

        var follower = services.GetRequiredService<WishFollower>();
        await follower.ReadAsync(CancellationToken.None);
        return follower;
    }

    private static WebApplication Build(bool withHosts, IEnumerable<RouteConfig> routes)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.Configuration.AddInMemoryCollection(Plan.Settings);
        builder.Services.AddReverseProxy().LoadFromMemory([.. routes], [new ClusterConfig { ClusterId = "c" }]);
        builder.Services.AddSingleton<IConfigChangeListener, Applied>();
        if (!withHosts) return builder.Build();

        builder.Services.AddSingleton<IAcmeStore>(new MemoryStore());
        builder.Services.AddSingleton<IWorkerActivation, AlwaysActive>();
        builder.Services.AddAcme().AddYarpHosts();
        return builder.Build();
    }

    private static RouteConfig Route(int number, int change) => new()
    {
        RouteId = string.Create(CultureInfo.InvariantCulture, $"route-{number}"),
        ClusterId = "c",
        Match = new RouteMatch { Hosts = [Host(number, change)], Path = "/{**rest}" },
    };

    private static string Host(int number, int change) => string.Create(CultureInfo.InvariantCulture, $"customer-{number:000000}-{change}.test");

    private sealed class Applied : IConfigChangeListener
    {
        private TaskCompletionSource _next = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task NextAsync() => (_next = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).Task;

        public void ConfigurationApplied(IReadOnlyList<IProxyConfig> proxyConfigs) => _next.TrySetResult();

        public void ConfigurationApplyingFailed(IReadOnlyList<IProxyConfig> proxyConfigs, Exception exception) => _next.TrySetException(exception);

        public void ConfigurationLoaded(IReadOnlyList<IProxyConfig> proxyConfigs)
        {
        }

        public void ConfigurationLoadingFailed(IProxyConfigProvider configProvider, Exception exception)
        {
        }
    }
}
