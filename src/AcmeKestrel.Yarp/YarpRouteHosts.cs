using System.Globalization;
using AcmeKestrel.Certificates;
using AcmeKestrel.Desired;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Primitives;
using Yarp.ReverseProxy.Configuration;

namespace AcmeKestrel.Yarp;

/// <summary>
/// Listens to what YARP applies, beginning with the load in <c>MapReverseProxy()</c>, before the server listens.
/// It must not ask for YARP's state: the manager behind that takes all listeners in its constructor.
/// </summary>
internal sealed class YarpRouteHosts : IConfigChangeListener, IIncrementalDesiredCertificateSource
{
    private readonly Lock _gate = new();
    private readonly RouteIndex _routes = new();
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
            _routes.Take(proxyConfigs.SelectMany(config => config.Routes));

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
