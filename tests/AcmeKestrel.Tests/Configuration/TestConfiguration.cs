using AcmeKestrel.Configuration;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace AcmeKestrel.Tests.Configuration;

/// <summary>An application's services with the settings given as keys and values.</summary>
internal sealed class TestConfiguration : IDisposable
{
    private readonly ReloadableSource _source;
    private readonly ServiceProvider _services;

    public TestConfiguration(IEnumerable<(string Key, string? Value)> values, Action<IServiceCollection>? configure = null)
    {
        _source = new ReloadableSource(values);
        var services = new ServiceCollection();
        services.AddSingleton<IConfiguration>(new ConfigurationBuilder().Add(_source).Build());
        services.AddSingleton<ILoggerProvider>(Log);
        (configure ?? (collection => collection.AddAcme().AddDns()))(services);
        _services = services.BuildServiceProvider();
    }

    public RecordingLog Log { get; } = new();

    public IServiceProvider Services => _services;

    public IAcmeSettings Monitor => _services.GetRequiredService<IAcmeSettings>();

    public static AcmeSettings Read(params (string Key, string? Value)[] values)
    {
        using var configuration = new TestConfiguration(values);
        return configuration.Monitor.Current;
    }

    /// <summary>The lines of the message that stops the start.</summary>
    public static IReadOnlyList<string> Problems(params (string Key, string? Value)[] values) =>
        [.. Assert.Throws<AcmeConfigurationException>(() => Read(values)).Failures];

    public void Reload(params (string Key, string? Value)[] values) => _source.Provider.Replace(values);

    public void Dispose() => _services.Dispose();
}

internal sealed class ReloadableSource(IEnumerable<(string Key, string? Value)> values) : IConfigurationSource
{
    public ReloadableProvider Provider { get; } = new(values);

    public IConfigurationProvider Build(IConfigurationBuilder builder) => Provider;
}

internal sealed class ReloadableProvider : ConfigurationProvider
{
    public ReloadableProvider(IEnumerable<(string Key, string? Value)> values) => Fill(values);

    public void Replace(IEnumerable<(string Key, string? Value)> values)
    {
        Fill(values);
        OnReload();
    }

    private void Fill(IEnumerable<(string Key, string? Value)> values)
    {
        Data.Clear();
        foreach (var (key, value) in values) Data[key] = value;
    }
}

/// <summary>Keeps what is logged.</summary>
internal sealed class RecordingLog : ILoggerProvider, ILogger
{
    private readonly System.Collections.Concurrent.ConcurrentQueue<(LogLevel Level, string Text)> _entries = new();

    public IEnumerable<(LogLevel Level, string Text)> Entries => _entries;

    public ILogger CreateLogger(string categoryName) => this;

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
        _entries.Enqueue((logLevel, formatter(state, exception)));

    public void Dispose()
    {
    }
}
