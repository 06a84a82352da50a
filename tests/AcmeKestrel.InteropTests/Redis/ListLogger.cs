using System.Collections.Concurrent;
using AcmeKestrel.Redis;
using Microsoft.Extensions.Logging;

namespace AcmeKestrel.InteropTests.Redis;

/// <summary>Keeps what a store says.</summary>
internal sealed class ListLogger : ILogger<RedisStore>
{
    private readonly ConcurrentQueue<string> _lines = [];

    public IReadOnlyCollection<string> Lines => _lines;

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) => _lines.Enqueue(formatter(state, exception));
}
