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
internal sealed class YarpRouteHosts : IConfigChangeListener, IDesiredCertificateSource
{
    private readonly Lock _gate = new();
    private volatile DesiredCertificates _hosts = DesiredCertificates.Empty;
    private ConfigurationReloadToken _changed = new();

    public AcmeWishSource Source => AcmeWishSource.Yarp;

    public ValueTask<DesiredCertificates> ListAsync(CancellationToken cancellationToken) => ValueTask.FromResult(_hosts);

    public IChangeToken GetChangeToken() => Volatile.Read(ref _changed);

    public void ConfigurationApplied(IReadOnlyList<IProxyConfig> proxyConfigs)
    {
        var hosts = RouteHosts.Read(proxyConfigs.SelectMany(config => config.Routes));
        lock (_gate)
        {
            // One reload of the configuration applies several times.
            if (AreSame(hosts, _hosts)) return;
            _hosts = hosts;
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

    private static bool AreSame(DesiredCertificates left, DesiredCertificates right) =>
        left.Certificates.Select(Text).SequenceEqual(right.Certificates.Select(Text)) && left.Problems.SequenceEqual(right.Problems);

    private static (string Name, string Origin) Text(DesiredCertificate certificate) => (certificate.Names[0], certificate.Origin);
}
