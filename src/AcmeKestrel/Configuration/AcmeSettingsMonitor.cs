using AcmeKestrel.Configuration.Stores;
using AcmeKestrel.Configuration.Zones;
using AcmeKestrel.Diagnostics;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Primitives;

namespace AcmeKestrel.Configuration;

/// <summary>
/// Keeps the last good settings. <c>IOptionsMonitor</c> cannot: after a reload that fails it throws at every read and tells nobody.
/// Creating it reads the options for the first time; what is wrong then stops the start.
/// </summary>
internal sealed class AcmeSettingsMonitor : IAcmeSettings, IDisposable
{
    private readonly Lock _gate = new();
    private readonly IOptionsFactory<AcmeOptions> _options;
    private readonly AcmeConfigurationSection _section;
    private readonly string _applicationName;
    private readonly DnsProviderTypes _dnsTypes;
    private readonly StoreTypes _storeTypes;
    private readonly ILogger _logger;
    private readonly bool _hasPermission;
    private readonly List<IDisposable> _registrations = [];
    private volatile AcmeSettings _current;
    private ConfigurationReloadToken _changed = new();

    public AcmeSettingsMonitor(
        IOptionsFactory<AcmeOptions> options,
        IEnumerable<IOptionsChangeTokenSource<AcmeOptions>> changes,
        AcmeConfigurationSection section,
        DnsProviderTypes dnsTypes,
        StoreTypes storeTypes,
        ILogger<AcmeSettingsMonitor> logger,
        IServiceProvider services)
    {
        (_options, _section, _dnsTypes, _storeTypes, _logger) = (options, section, dnsTypes, storeTypes, logger);
        _applicationName = services.GetService<IHostEnvironment>()?.ApplicationName ?? AppDomain.CurrentDomain.FriendlyName;
        _hasPermission = services.GetService<IServiceProviderIsService>()?.IsService(typeof(IOnDemandPermission)) is true;
        IReadOnlyList<IOptionsChangeTokenSource<AcmeOptions>> sources = [.. changes];
        IReadOnlyList<IChangeToken> before = [.. sources.Select(source => source.GetChangeToken())];
        _current = Read();
        foreach (var source in sources) _registrations.Add(ChangeToken.OnChange(source.GetChangeToken, Reload));

        // While it was read for the first time nobody listened.
        if (before.Any(token => token.HasChanged)) Reload();
    }

    public AcmeSettings Current => _current;

    public IChangeToken GetChangeToken() => Volatile.Read(ref _changed);

    public void Dispose() => _registrations.ForEach(registration => registration.Dispose());

    private AcmeSettings Read() => SettingsParser.Parse(_options.Create(Options.DefaultName), _section, _applicationName, _dnsTypes, _storeTypes, _hasPermission);

    private void Reload()
    {
        // Several providers may reload at once; the last to read must be the last to write.
        lock (_gate)
        {
            try
            {
                var (before, after) = (_current, Read());
                if (after == before)
                {
                    // Other sections of the same files, mostly: a hundred thousand entries need not be gone through for them.
                    _logger.Reloaded();
                    return;
                }

                _current = after;
                if (after.StateDirectory != before.StateDirectory) _logger.StateDirectoryNeedsRestart(before.StateDirectory);
                if (after.Store != before.Store) _logger.StoreNeedsRestart(before.Store.Type);
            }
            catch (Exception wrong)
            {
                // Whatever code of the application's own Configure calls throws must not reach the thread that reloads.
                _logger.ReloadRefused(wrong.Message);
                return;
            }
        }

        _logger.Reloaded();
        Interlocked.Exchange(ref _changed, new ConfigurationReloadToken()).OnReload();
    }
}
