using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using AcmeKestrel.Certificates;
using AcmeKestrel.Lifecycle.Planning;
using AcmeKestrel.Protocol;
using Microsoft.Extensions.Logging;

namespace AcmeKestrel.Lifecycle.Providers;

/// <summary>One ACME client a CA, made anew when its settings change.</summary>
/// <param name="transport">A CA's transport where it is not the network; null, or null for a provider, = the client's own.</param>
internal sealed class ProviderClients(TimeProvider time, ILogger<AcmeClient> logger, Func<Provider, HttpMessageHandler?>? transport = null) : IDisposable
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, (Provider Provider, AcmeClient Client)> _clients = new(StringComparer.Ordinal);

    /// <summary>Clients of former settings may still have requests under way; they end with this object.</summary>
    private readonly List<AcmeClient> _retired = [];

    /// <exception cref="HeldException">The roots cannot be read.</exception>
    public AcmeClient Get(Provider provider)
    {
        lock (_gate)
        {
            if (_clients.TryGetValue(provider.Name, out var known))
            {
                if (known.Provider == provider) return known.Client;
                _retired.Add(known.Client);
                _clients.Remove(provider.Name);
            }

            var client = new AcmeClient(new AcmeClientOptions
            {
                DirectoryUrl = provider.DirectoryUrl,
                TrustedRoots = ReadRoots(provider),
                Proxy = provider.Proxy,
                Handler = transport?.Invoke(provider),
                Logger = logger,
                TimeProvider = time,
            });
            _clients[provider.Name] = (provider, client);
            return client;
        }
    }

    public void Dispose()
    {
        lock (_gate)
        {
            foreach (var client in _retired.Concat(_clients.Values.Select(known => known.Client))) client.Dispose();
            _retired.Clear();
            _clients.Clear();
        }
    }

    private static X509Certificate2Collection? ReadRoots(Provider provider)
    {
        if (provider.TrustedRootsFile is not { } file) return null;

        var key = $"Acme:Providers:{provider.Name}:TrustedRootsFile";
        var roots = new X509Certificate2Collection();
        try
        {
            roots.ImportFromPemFile(file);
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException or CryptographicException)
        {
            throw new HeldException(ObstacleKind.SettingUnusable, $"{key}: {file} cannot be read: {unreadable.Message}", inner: unreadable);
        }

        return roots.Count > 0 ? roots : throw new HeldException(ObstacleKind.SettingUnusable, $"{key}: {file} holds no certificate");
    }
}
