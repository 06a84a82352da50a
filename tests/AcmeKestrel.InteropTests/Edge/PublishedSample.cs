using AcmeKestrel.InteropTests.Edge;
using Xunit.Sdk;
using Xunit.v3;

[assembly: TestPipelineStartup(typeof(PublishedSample))]

namespace AcmeKestrel.InteropTests.Edge;

/// <summary>
/// The SampleWeb that <c>ACMEKESTREL_SAMPLE</c> names, the path of an executable: a native one, as <c>.ci/run</c> makes it, spares each start a second of processor time.
/// It may still be on its way when these tests begin; they wait for it.
/// </summary>
internal sealed class PublishedSample : ITestPipelineStartup
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    /// <summary>Null: none is named.</summary>
    public static string? Program { get; } = Environment.GetEnvironmentVariable("ACMEKESTREL_SAMPLE") is { Length: > 0 } given ? given : null;

    public async ValueTask StartAsync(IMessageSink diagnosticMessageSink)
    {
        if (Program is null) return;

        using var patience = new CancellationTokenSource(Patience);
        while (!File.Exists(Program))
        {
            if (patience.IsCancellationRequested) throw new FileNotFoundException($"ACMEKESTREL_SAMPLE names {Program}, which did not come within {Patience.TotalMinutes} minutes.");
            await Task.Delay(TimeSpan.FromSeconds(0.25), CancellationToken.None);
        }
    }

    public ValueTask StopAsync() => default;
}
