using AcmeKestrel.Certificates;
using AcmeKestrel.Lifecycle.State;
using AcmeKestrel.Lifecycle.Stored;
using AcmeKestrel.Serving.Finding;
using AcmeKestrel.Storage;
using AcmeKestrel.Storage.Engine;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace AcmeKestrel.Tests.Serving;

/// <summary>Whoever waits for a certificate is answered, whatever else happens at the end of its reading.</summary>
public sealed class LoadEndTests : IDisposable
{
    private static readonly TestCa Ca = new();
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(120);
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private readonly FindingScene _scene = new();

    public void Dispose() => _scene.Dispose();

    /// <summary>A driver that is told to give up may go to the network for it, and the visitor would wait for that.</summary>
    [Fact]
    public async Task What_the_store_still_does_when_it_has_answered_is_not_cancelled()
    {
        _scene.Store(Ca.Issue("shop.test"));
        using var release = new ManualResetEventSlim();
        CancellationToken given = default;
        _scene.Shelf.Asking = token => (given = token).Register(() => release.Wait(Limit));
        try
        {
            Assert.NotNull(await Task.Run(() => _scene.FindAsync("shop.test").AsTask(), Cancel).WaitAsync(Limit / 2, Cancel));
            Assert.False(given.IsCancellationRequested);
        }
        finally
        {
            release.Set();
        }
    }

    /// <summary>It has a time-out of its own, and that it did not answer is remembered by it.</summary>
    [Fact]
    public async Task Where_a_copy_is_handed_out_the_silent_engine_is_left_to_its_own_end()
    {
        var time = new FakeTimeProvider(DateTimeOffset.UtcNow);
        var (kept, engine) = (new MemoryStore(time), new SilentEngine(new MemoryStore(time)));
        var generation = Ca.Issue("shop.test");
        await kept.WriteAsync(new StoreWrite(GenerationRecord.Key(generation.Label, generation.Id), GenerationRecord.Write(generation)), Cancel);
        using var store = new CopiedStore(engine, new LocalCopy(kept, NullLogger.Instance), time, NullLogger<CopiedStore>.Instance);
        var source = new StoredCertificates(store, new LabelLoader(store, NullLogger<LabelLoader>.Instance), new Nobody(), NullLogger<StoredCertificates>.Instance);
        using var scene = new FindingScene(time, source);
        scene.Table.Publish(CertificateFacts.Of(generation));

        var asked = scene.FindAsync("shop.test").AsTask();
        time.Advance(Absence.Patience);

        Assert.NotNull(await asked.WaitAsync(Limit, Cancel));
        Assert.False(engine.Given.IsCancellationRequested);
    }

    /// <summary>A log that cannot be written costs those that wait, and not the name for ever.</summary>
    [Theory]
    [InlineData(450)]
    [InlineData(461)]
    public async Task Where_what_happened_cannot_be_said_all_that_wait_are_answered_and_the_next_one_begins_anew(int eventId)
    {
        var stored = Ca.Issue("shop.test");
        _scene.Store(stored);
        _scene.Shelf.Gate = new TaskCompletionSource();
        if (eventId == 450) _scene.Shelf.Generations["shop.test"] = stored with { PrivateKeyPkcs8 = new byte[] { 1, 2, 3 } };
        else _scene.Shelf.Fault = new TimeoutException("an engine's hiccup");
        _scene.Log.FailsAt = eventId;
        var asked = new[] { "192.0.2.1", "198.51.100.1" }.Select(remote => _scene.FindAsync("shop.test", remote: remote).AsTask()).ToList();
        await _scene.Shelf.ReachedAsync(1);

        _scene.Shelf.Gate.SetResult();

        foreach (var one in asked) await Assert.ThrowsAsync<CertificateLateException>(() => one.WaitAsync(Limit, Cancel));
        (_scene.Shelf.Generations["shop.test"], _scene.Shelf.Fault) = (stored, null);
        _scene.Time.Advance(TimeSpan.FromMinutes(1));
        Assert.NotNull(await _scene.FindAsync("shop.test").AsTask().WaitAsync(Limit, Cancel));
    }

    /// <summary>The memory is too small for what is visited, or renewals come and go.</summary>
    [Fact]
    public async Task A_stored_name_whose_certificate_is_taken_away_each_time_never_gets_what_unknown_names_get()
    {
        _scene.Store(Ca.Issue("shop.test"));
        _scene.Shelf.Asking = _ => _scene.Store(Ca.Issue("shop.test"));

        await Assert.ThrowsAsync<CertificateLateException>(() => _scene.FindAsync("shop.test").AsTask());

        Assert.Contains(_scene.Log.Lines, line => line.StartsWith("461 ", StringComparison.Ordinal));
    }

    private sealed class SilentEngine(IAcmeStore inner) : DelegatingStore(inner)
    {
        public CancellationToken Given { get; private set; }

        public override async ValueTask<StoreRecord?> ReadAsync(RecordKey key, CancellationToken cancellationToken)
        {
            Given = cancellationToken;
            await Task.Delay(Timeout.Infinite, cancellationToken);
            return null;
        }
    }

    private sealed class Nobody : ISuspects
    {
        public void Suspect(string label, string generation)
        {
        }
    }
}
