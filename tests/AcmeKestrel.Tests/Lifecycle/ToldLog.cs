using Microsoft.Extensions.Logging;

namespace AcmeKestrel.Tests.Lifecycle;

/// <summary>A log that is waited for: what it tells has happened by then.</summary>
internal sealed class ToldLog : ILoggerProvider, ILogger
{
    private readonly Lock _gate = new();
    private readonly List<string> _lines = [];
    private readonly List<(string Text, TaskCompletionSource Told)> _awaited = [];

    /// <summary>Completes when a line has this text in it, a line of before included.</summary>
    public Task ToldAsync(string text)
    {
        lock (_gate)
        {
            if (_lines.Any(line => line.Contains(text, StringComparison.Ordinal))) return Task.CompletedTask;

            var told = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _awaited.Add((text, told));
            return told.Task;
        }
    }

    public ILogger CreateLogger(string categoryName) => this;

    public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        lock (_gate)
        {
            var line = formatter(state, exception);
            _lines.Add(line);
            foreach (var (_, told) in _awaited.Where(awaited => line.Contains(awaited.Text, StringComparison.Ordinal))) told.TrySetResult();
        }
    }

    public void Dispose()
    {
    }
}
