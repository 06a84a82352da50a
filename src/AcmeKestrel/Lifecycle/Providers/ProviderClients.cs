using AcmeKestrel.Certificates;
using AcmeKestrel.Diagnostics;
using AcmeKestrel.Lifecycle.Planning;
using AcmeKestrel.Protocol;
using Microsoft.Extensions.Logging;

namespace AcmeKestrel.Lifecycle.Providers;

/// <summary>One ACME client a CA, made anew when its settings or its roots change, and let go when no settings name that CA any more.</summary>
/// <param name="transport">A CA's transport where it is not the network; null, or null for a provider, = the client's own.</param>
/// <param name="findByHost">The public CA at a URL's host, where one is known.</param>
/// <param name="metrics">Where requests are counted; null: nowhere.</param>
/// <param name="isInForce">Whether the settings have the provider as it is here; null: they have all.</param>
internal sealed class ProviderClients(
    TimeProvider time, ILogger<AcmeClient> logger, Func<Provider, HttpMessageHandler?>? transport = null, Func<string, Provider?>? findByHost = null, Func<Provider, bool>? isInForce = null,
    RequestMetrics? metrics = null) : IDisposable
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, Known> _clients = new(StringComparer.Ordinal);

    /// <summary>Clients of former settings, and the last use that had begun when each was replaced: only that one and those before it may have it.</summary>
    private readonly List<(AcmeClient Client, long LastUse)> _retired = [];

    private readonly SortedSet<long> _uses = [];
    private long _begun;

    /// <summary>
    /// Whoever works with clients says so, from before it gets one until its last request. An account carries its client along, so it is the work that is counted, and no client:
    /// one of former settings ends with the last work that had begun before it was replaced.
    /// </summary>
    public IDisposable Use()
    {
        lock (_gate)
        {
            _uses.Add(++_begun);
            return new Using(this, _begun);
        }
    }

    /// <summary>For one attempt, within a <see cref="Use"/>: whoever keeps it longer keeps the roots of that moment, and may find it closed.</summary>
    /// <exception cref="HeldException">The roots cannot be read, and never could.</exception>
    public AcmeClient Get(Provider provider)
    {
        var known = Find(provider.Name);
        var before = known?.Provider == provider ? known : null;

        // Not under the lock: nobody waits for another one's disk.
        var roots = provider.TrustedRootsFile is not { } file ? null : before?.Roots?.Refresh(file) ?? RootsFile.Read(provider);
        if (before is not null && roots == before.Roots) return before.Client;

        lock (_gate)
        {
            // Somebody else was faster, and what it read is as new; or it has other settings than are asked for here.
            var present = Find(provider.Name);
            if (present is not null && present != known && present.Provider == provider) return present.Client;

            if (before is not null && before == present) logger.RootsReplaced(provider.TrustedRootsFile!);
            if (present is not null) Retire(present);
            var client = Create(provider, roots);
            _clients[provider.Name] = new Known(provider, roots, client);
            return client;
        }
    }

    /// <summary>The settings changed. What they have no more, or not so, keeps no client, but the one that work under way may have.</summary>
    public void LetGo() => LetGo(ended: null);

    public void Dispose()
    {
        lock (_gate)
        {
            foreach (var client in _retired.Select(retired => retired.Client).Concat(_clients.Values.Select(known => known.Client))) client.Dispose();
            _retired.Clear();
            _clients.Clear();
        }
    }

    /// <summary>Work that began with former settings may have had a client made anew for a provider that is gone: that one is looked for at each end.</summary>
    /// <param name="ended">A use that is over.</param>
    private void LetGo(long? ended)
    {
        List<AcmeClient> unused;
        lock (_gate)
        {
            if (ended is { } use) _uses.Remove(use);
            foreach (var (name, known) in _clients)
            {
                if (isInForce?.Invoke(known.Provider) is not false) continue;

                Retire(known);
                _clients.Remove(name);
            }

            var oldest = _uses.Count == 0 ? long.MaxValue : _uses.Min;
            unused = [.. _retired.Where(retired => retired.LastUse < oldest).Select(retired => retired.Client)];
            _retired.RemoveAll(retired => retired.LastUse < oldest);
        }

        foreach (var client in unused) client.Dispose();
    }

    private void Retire(Known known) => _retired.Add((known.Client, _begun));

    private Known? Find(string provider)
    {
        lock (_gate) return _clients.GetValueOrDefault(provider);
    }

    private AcmeClient Create(Provider provider, RootsFile? roots) => new(new AcmeClientOptions
    {
        DirectoryUrl = provider.DirectoryUrl,
        TrustedRoots = roots?.Roots,
        Proxy = provider.Proxy is { } proxy ? new Uri(proxy) : null,
        Handler = transport?.Invoke(provider),
        Logger = logger,
        TimeProvider = time,
        DirectoryHint = DirectoryHint(provider),
        Metrics = metrics,
        CaName = provider.Name,
        TrustHint = $"Is the CA a private one, set {provider.Setting("TrustedRootsFile")} to its root; else install this machine's roots (the package ca-certificates).",
    });

    private string DirectoryHint(Provider provider)
    {
        if (findByHost?.Invoke(provider.DirectoryUrl) is { } builtIn) return $"That CA's directory is {builtIn.DirectoryUrl}, and the provider '{builtIn.Name}' stands for it.";

        return $"{(provider.IsNamedByUrl ? provider.Name : provider.Setting("Directory"))} is to be the URL of the directory itself, path and all.";
    }

    private sealed class Using(ProviderClients clients, long use) : IDisposable
    {
        private ProviderClients? _clients = clients;

        public void Dispose() => Interlocked.Exchange(ref _clients, null)?.LetGo(use);
    }

    private sealed class Known(Provider provider, RootsFile? roots, AcmeClient client)
    {
        public Provider Provider => provider;

        public RootsFile? Roots => roots;

        public AcmeClient Client => client;
    }
}
