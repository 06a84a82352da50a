using Microsoft.Extensions.Logging;

namespace AcmeKestrel.Diagnostics;

/// <summary>A log whose lines are shown in other words than they are told in. What is kept of a line by name (structured values) stays as it was told.</summary>
/// <param name="show">From the whole line to what is shown of it.</param>
internal sealed class ShownLogger(ILogger inner, Func<string, string> show) : ILogger
{
    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => inner.BeginScope(state);

    public bool IsEnabled(LogLevel logLevel) => inner.IsEnabled(logLevel);

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
        inner.Log(logLevel, eventId, state, exception, (told, failure) => show(formatter(told, failure)));
}
