using AcmeKestrel.Configuration;
using AcmeKestrel.Configuration.Zones;

namespace AcmeKestrel.Lifecycle.Proving;

/// <summary>The configured DNS providers, made when they are needed first; one whose settings have changed is made anew.</summary>
internal sealed class DnsProviders(DnsProviderTypes types, IAcmeSettings settings)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, (DnsProviderSetting By, IDnsProvider Provider)> _made = new(StringComparer.OrdinalIgnoreCase);

    /// <exception cref="DnsProviderException">There is none of this name.</exception>
    public IDnsProvider Get(string name)
    {
        if (!settings.Current.Dns.Providers.TryGetValue(name, out var setting)) throw new DnsProviderException($"There is no DNS provider '{name}' any more (Acme:Dns:Providers)");

        lock (_gate)
        {
            if (_made.TryGetValue(name, out var known) && known.By == setting) return known.Provider;

            var provider = setting.Type is null ? types.CreateInCode(name) : types.Create(setting.Type, new AcmeComponentConfiguration(setting.Name, setting.Values));
            _made[name] = (setting, provider);
            return provider;
        }
    }
}
