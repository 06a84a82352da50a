using System.Diagnostics.Metrics;
using AcmeKestrel.Diagnostics;
using AcmeKestrel.Protocol;
using AcmeKestrel.Tests.Protocol;
using Microsoft.Extensions.DependencyInjection;

namespace AcmeKestrel.Tests.Telemetry;

/// <summary>How a request to a CA ended: whoever reads it must know whether the CA was slow or nobody waited for it.</summary>
public sealed class RequestMetricsTests : IDisposable
{
    private const string OrderPath = "/order/1";

    private readonly ServiceProvider _services = new ServiceCollection().AddMetrics().BuildServiceProvider();
    private readonly AcmeMeter _meter;
    private readonly HeardMetrics _heard;
    private readonly ScriptedCa _ca = new();

    public RequestMetricsTests()
    {
        _meter = new AcmeMeter(_services.GetRequiredService<IMeterFactory>());
        _heard = new HeardMetrics(_services.GetRequiredService<IMeterFactory>());
    }

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _ca.Dispose();
        _heard.Dispose();
        _meter.Dispose();
        _services.Dispose();
    }

    [Fact]
    public async Task A_CA_that_does_not_answer_in_time_is_a_timeout()
    {
        var (account, asked) = (Account(), Silence());

        var request = account.GetOrderAsync(ScriptedCa.Base + OrderPath, Ct);
        await asked;
        _ca.Time.Advance(TimeSpan.FromSeconds(31));
        await Assert.ThrowsAsync<AcmeException>(() => request);

        Assert.Equal("timeout", ErrorOf("order"));
    }

    [Fact]
    public async Task A_connection_that_does_not_come_about_in_time_is_a_timeout()
    {
        var account = Account();
        _ca.Answers[OrderPath] = _ => throw new TaskCanceledException("connect timeout", new TimeoutException());

        await Assert.ThrowsAsync<AcmeException>(() => account.GetOrderAsync(ScriptedCa.Base + OrderPath, Ct));

        Assert.Equal("timeout", ErrorOf("order"));
    }

    [Fact]
    public async Task What_the_caller_gave_up_is_cancelled()
    {
        var (account, asked) = (Account(), Silence());
        using var cancellation = new CancellationTokenSource();

        var request = account.GetOrderAsync(ScriptedCa.Base + OrderPath, cancellation.Token);
        await asked;
        await cancellation.CancelAsync();
        await Assert.ThrowsAsync<OperationCanceledException>(() => request);

        Assert.Equal("cancelled", ErrorOf("order"));
    }

    private AcmeAccount Account() => _ca.Account(options: options => options with { RequestTimeout = TimeSpan.FromSeconds(30), Metrics = new RequestMetrics(_meter), CaName = "test" });

    private Task Silence()
    {
        var asked = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _ca.Intercept = async (request, ct) =>
        {
            if (request.RequestUri!.PathAndQuery != OrderPath) return null;

            asked.SetResult();
            await new TaskCompletionSource().Task.WaitAsync(ct);
            return null;
        };
        return asked.Task;
    }

    private string? ErrorOf(string operation) => Assert.Single(
        _heard.Sums("acme.client.request.duration").Keys.Select(tags => tags.Split(',')),
        tags => tags.Contains($"acme.operation={operation}")).SingleOrDefault(tag => tag.StartsWith("error.type=", StringComparison.Ordinal))?["error.type=".Length..];
}
