using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace AcmeKestrel.Tests.Dns;

public sealed class ManualTests
{
    [Fact]
    public async Task The_operator_is_told_what_to_set_and_what_may_go()
    {
        var log = new Log();
        var provider = ApiScene.Create("manual", services => services.AddSingleton<ILoggerProvider>(log));

        await provider.CheckAsync(ApiScene.Record, TestContext.Current.CancellationToken);
        Assert.Empty(log.Lines);
        await provider.AddAsync(ApiScene.Record, TestContext.Current.CancellationToken);
        await provider.RemoveAsync(ApiScene.Record, TestContext.Current.CancellationToken);

        Assert.Equal(
            [
                $"850 Information www.shop.test: set the TXT record _acme-challenge.www.shop.test to {ApiScene.Value} beside what is there, by hand: nobody else does it, since the DNS provider mine is manual",
                $"851 Information www.shop.test: the TXT record _acme-challenge.www.shop.test with the value {ApiScene.Value} is not needed any more, and may be removed by hand",
            ],
            log.Lines);
    }

    private sealed class Log : ILoggerProvider, ILogger
    {
        public List<string> Lines { get; } = [];

        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        void ILogger.Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) => Lines.Add($"{eventId.Id} {logLevel} {formatter(state, exception)}");

        public void Dispose()
        {
        }
    }
}
