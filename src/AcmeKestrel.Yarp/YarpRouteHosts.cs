using System.Globalization;
using AcmeKestrel.Certificates;
using AcmeKestrel.Desired;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Primitives;
using Yarp.ReverseProxy;
using Yarp.ReverseProxy.Configuration;

namespace AcmeKestrel.Yarp;

/// <summary>
/// Listens to what YARP applies, beginning with the load in <c>MapReverseProxy()</c>, before the server listens. What it is told is the configuration as it was written;
/// the routes that YARP proxies by, its filters' words in them, are in YARP's state. That is not asked for before: the manager behind it takes all listeners in its constructor.
/// </summary>
internal sealed class YarpRouteHosts(IServiceProvider services) : IConfigChangeListener, IIncrementalDesiredCertificateSource
{
    private readonly Lock _gate = new();
    private readonly RouteIndex _routes = new();
    private readonly Lazy<IProxyStateLookup> _state = new(services.GetRequiredService<IProxyStateLookup>);
    private ConfigurationReloadToken _changed = new();

    public AcmeWishSource Source => AcmeWishSource.Yarp;

    public ValueTask<DesiredCertificates> ListAsync(CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            var routes = _routes.All().Values;
            return ValueTask.FromResult(new DesiredCertificates([.. routes.SelectMany(route => route.Certificates).OrderBy(certificate => certificate.Names[0], StringComparer.Ordinal)])
            {
                Problems = [.. routes.SelectMany(route => route.Problems)],
            });
        }
    }

    public ValueTask<DesiredChanges> ListChangesAsync(string? since, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            var changed = long.TryParse(since, CultureInfo.InvariantCulture, out var state) ? _routes.ChangedSince(state) : null;
            return ValueTask.FromResult(new DesiredChanges(changed ?? _routes.All(), _routes.State.ToString(CultureInfo.InvariantCulture)) { IsWhole = changed is null });
        }
    }

    public IChangeToken GetChangeToken() => Volatile.Read(ref _changed);

    public void ConfigurationApplied(IReadOnlyList<IProxyConfig> proxyConfigs)
    {
        lock (_gate)
        {
            var before = _routes.State;
            _routes.Take(_state.Value.GetRoutes().Select(route => route.Config));

            // One reload of the configuration applies several times.
            if (_routes.State == before) return;
        }

        Interlocked.Exchange(ref _changed, new ConfigurationReloadToken()).OnReload();
    }

    public void ConfigurationLoadingFailed(IProxyConfigProvider configProvider, Exception exception)
    {
    }

    public void ConfigurationLoaded(IReadOnlyList<IProxyConfig> proxyConfigs)
    {
    }

    public void ConfigurationApplyingFailed(IReadOnlyList<IProxyConfig> proxyConfigs, Exception exception)
    {
    }
}
