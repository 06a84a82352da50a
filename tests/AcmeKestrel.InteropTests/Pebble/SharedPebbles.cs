using AcmeKestrel.InteropTests.Pebble;

[assembly: AssemblyFixture(typeof(SharedPebbles))]

namespace AcmeKestrel.InteropTests.Pebble;

/// <summary>One Pebble for all tests that want the same: they do not disturb each other, because each has accounts and names of its own.</summary>
public sealed class SharedPebbles : IAsyncDisposable
{
    private readonly SemaphoreSlim _gate = new(1, 1);
    private readonly Dictionary<PebbleSettings, PebbleServer> _running = [];

    /// <summary>The one with these settings, started at the first call.</summary>
    internal async Task<PebbleServer> GetAsync(PebbleSettings settings, CancellationToken cancellationToken)
    {
        await _gate.WaitAsync(cancellationToken);
        try
        {
            if (!_running.TryGetValue(settings, out var pebble)) _running[settings] = pebble = await PebbleServer.StartAsync(settings, cancellationToken);
            return pebble;
        }
        finally
        {
            _gate.Release();
        }
    }

    /// <summary>The one that believes every client.</summary>
    internal Task<PebbleServer> GetAsync(PebbleVersion version, CancellationToken cancellationToken) =>
        GetAsync(new PebbleSettings(version) { AlwaysValid = true }, cancellationToken);

    public async ValueTask DisposeAsync()
    {
        foreach (var pebble in _running.Values) await pebble.DisposeAsync();
        _gate.Dispose();
    }
}
