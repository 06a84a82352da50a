using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace AcmeKestrel.Tests.Lifecycle;

/// <summary>Counts log events by their id.</summary>
internal sealed class ToldEvents : ILoggerProvider, ILogger
{
    private readonly ConcurrentQueue<int> _ids = [];

    public int Count(int id) => _ids.Count(known => known == id);

    public ILogger CreateLogger(string categoryName) => this;

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) => _ids.Enqueue(eventId.Id);

    public void Dispose()
    {
    }
}
