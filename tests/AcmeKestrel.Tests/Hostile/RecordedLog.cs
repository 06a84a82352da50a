using System.Globalization;
using Microsoft.Extensions.Logging;

namespace AcmeKestrel.Tests.Hostile;

/// <summary>Keeps every line of every logger, down to trace level, exceptions and values included.</summary>
internal sealed class RecordedLog : ILoggerProvider, ILogger
{
    public List<string> Lines { get; } = [];

    /// <summary>The event that cannot be written.</summary>
    public int? FailsAt { get; set; }

    public ILogger CreateLogger(string categoryName) => this;

    public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        lock (Lines)
        {
            Lines.Add($"{eventId.Id.ToString(CultureInfo.InvariantCulture)} {formatter(state, exception)} {exception}");
            if (state is IEnumerable<KeyValuePair<string, object?>> values) Lines.AddRange(values.Select(value => $"{value.Key}={value.Value}"));
        }

        if (eventId.Id == FailsAt) throw new IOException("The log's disk is full.");
    }

    public void Dispose()
    {
    }
}
