using AcmeKestrel.Certificates;
using AcmeKestrel.Certificates.Ports;
using AcmeKestrel.Lifecycle.State;
using AcmeKestrel.Storage;
using AcmeKestrel.Storage.Files;
using AcmeKestrel.Tests.Serving;
using AcmeKestrel.Tests.Storage;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;

namespace AcmeKestrel.Tests.Lifecycle;

/// <summary>A process that dies between the commit of a generation and the word of it in the index has lost nothing: what a start reads is a cache.</summary>
public sealed class UnindexedGenerationTests
{
    private const int CrashesPerStep = 8;

    private static readonly Serving.TestCa Issuer = new();
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private readonly FakeTimeProvider _time = new(DateTimeOffset.UtcNow);

    [Fact]
    public async Task A_generation_that_was_committed_is_served_after_the_restart_although_the_index_does_not_know_of_it()
    {
        var former = Enumerable.Range(0, 3).Select(label => Issue($"n{label}.test", 0)).ToList();
        var renewed = Issue("n1.test", 1);
        var (unknownToTheIndex, finished) = (0, false);
        for (var stop = 0; !finished; stop++)
        {
            var files = new SimulatedFileSystem();
            using var store = IndexCrashTests.Open(files);
            foreach (var generation in former) await CommitAsync(store, generation);
            files.StopAfter = stop;
            try
            {
                await CommitAsync(store, renewed);
                finished = true;
            }
            catch (MachineStopped)
            {
            }

            for (var seed = 0; seed < CrashesPerStep; seed++)
            {
                var left = files.AfterCrash(new Random(seed));
                var record = GenerationRecord.Key(renewed.Label, renewed.Id).Name;
                var isCommitted = left.Find($"/state/certs/{record}") is not null;
                if (isCommitted && !IndexCrashTests.Indexed(left).Names.Contains(record)) unknownToTheIndex++;

                await CheckAsync(left, [former[0], isCommitted ? renewed : former[1], former[2]]);
            }
        }

        Assert.True(unknownToTheIndex > 0, "In no crash was a record there of which the index did not know.");
    }

    /// <summary>A start as a server makes it, and a visitor of each name.</summary>
    private async Task CheckAsync(SimulatedFileSystem left, Generation[] expected)
    {
        using var store = IndexCrashTests.Open(left);
        FindingScene? serving = null;
        await using var edge = await Edge.StartAsync(_time, new TestCa(_time), new TestSettings(), store, [], also: services => services.AddSingleton<ICertificatePublisher>(provider =>
        {
            serving = new FindingScene(_time, provider.GetRequiredService<ICertificateSource>());
            return serving.Table;
        }));
        using (serving)
        {
            foreach (var generation in expected)
            {
                Assert.Equal(generation.Id, serving!.Table.Find(generation.Label, KeyFamily.All)?.Facts.Generation);
                Assert.False(serving.Table.Find(generation.Label, KeyFamily.All)!.IsInHand);
                var found = (await serving.FindAsync(generation.Label))!;
                Assert.True(found.Context.TargetCertificate.RawDataMemory.Span.SequenceEqual(generation.Chain.Leaf.Span));
                found.Release();
            }
        }
    }

    private static async Task CommitAsync(StateDirectoryStore store, Generation generation) =>
        await store.WriteAsync(new StoreWrite(GenerationRecord.Key(generation.Label, generation.Id), GenerationRecord.Write(generation)), Cancel);

    private Generation Issue(string name, int day)
    {
        var generation = Issuer.Issue(name);
        return generation with { Id = GenerationId.Of(_time.GetUtcNow().AddDays(day - 2), generation.Origin.OrderUrl) };
    }
}
