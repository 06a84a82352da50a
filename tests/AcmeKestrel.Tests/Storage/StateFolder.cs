using AcmeKestrel.Storage;
using AcmeKestrel.Storage.Files;
using Microsoft.Extensions.Logging;

namespace AcmeKestrel.Tests.Storage;

/// <summary>A folder of this test's own, and stores over it.</summary>
internal sealed class StateFolder(TimeProvider time) : IDisposable
{
    private readonly List<StateDirectoryStore> _stores = [];

    public string Path { get; } = System.IO.Path.Combine(Directory.CreateTempSubdirectory("acme-storage-").FullName, "state");

    public List<string> Log { get; } = [];

    public string this[string relative] => System.IO.Path.Combine(Path, relative);

    public StateDirectoryStore Open(string? keyGroup = null, IFileSystem? files = null)
    {
        var store = new StateDirectoryStore(new StateDirectoryOptions(Path, keyGroup), time, new ListLogger(Log), files ?? LocalFileSystem.Below(Path));
        _stores.Add(store);
        return store;
    }

    public void Dispose()
    {
        foreach (var store in _stores) store.Dispose();
        Directory.Delete(System.IO.Path.GetDirectoryName(Path)!, recursive: true);
    }

    private sealed class ListLogger(List<string> lines) : ILogger<StateDirectoryStore>
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            lock (lines) lines.Add($"{logLevel} {eventId.Id} {formatter(state, exception)}");
        }
    }
}
