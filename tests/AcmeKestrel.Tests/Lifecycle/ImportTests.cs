using AcmeKestrel.Certificates;
using AcmeKestrel.Lifecycle;
using AcmeKestrel.Lifecycle.Planning;
using AcmeKestrel.Lifecycle.State;
using AcmeKestrel.Lifecycle.Stored;
using AcmeKestrel.Storage;
using Microsoft.Extensions.Time.Testing;

namespace AcmeKestrel.Tests.Lifecycle;

/// <summary>A certificate that another program obtained, and a disk that has no room for it.</summary>
public sealed class ImportTests
{
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 11, 23, 12, 0, 0, TimeSpan.Zero));
    private readonly TestStore _store;
    private readonly TestSettings _settings = new() { Ari = false };
    private readonly TestCa _ca;

    public ImportTests() => (_store, _ca) = (new TestStore(_time), new TestCa(_time));

    [Fact]
    public async Task One_that_could_not_be_written_is_not_said_to_be_here_and_can_be_brought_again()
    {
        var obtained = await ObtainAsync();
        await using var edge = await Edge.StartAsync(_time, _ca, _settings, _store, []);
        _store.BeforeWrite = key =>
        {
            if (key.Kind == RecordKind.Certificate) throw new StoreUnavailableException("no space left");
        };

        Assert.Null(await ImportAsync(edge, obtained));
        Assert.Empty(edge.Published.Current);

        _store.BeforeWrite = _ => { };
        Assert.Equal(AcmeImportOutcome.Imported, await ImportAsync(edge, obtained));
        Assert.Single(_store.All(RecordKind.Certificate));
        Assert.Single(edge.Published.Current);
    }

    /// <summary>An imported certificate is no reason to go back to one that was revoked.</summary>
    [Fact]
    public async Task What_was_revoked_stays_revoked()
    {
        var obtained = await ObtainAsync();
        await using var edge = await Edge.StartAsync(_time, _ca, _settings, _store, []);
        await ScheduleRecord.SaveAsync(edge.Session, "shop.test", new Schedule { Revoked = ["aaaaaaaa"] }, TestContext.Current.CancellationToken);

        Assert.Equal(AcmeImportOutcome.Imported, await ImportAsync(edge, obtained));

        Assert.Equal(["aaaaaaaa"], (await ScheduleRecord.ReadAsync(edge.Session, "shop.test", TestContext.Current.CancellationToken))!.Revoked);
    }

    /// <returns>Null: nothing came of it.</returns>
    private async Task<AcmeImportOutcome?> ImportAsync(Edge edge, Generation obtained)
    {
        var import = new ImportRequest(new ImportedCertificate(obtained.Chain, obtained.PrivateKeyPkcs8, AcmeKeyType.P256), _settings.Provider, "");
        var request = new LabelRequest { Imports = import };
        edge.Entry("shop.test").Post(request);
        edge.Wake(["shop.test"]);
        await edge.RunAsync(TimeSpan.FromSeconds(1));
        Assert.True(request.Answered.IsCompleted);
        return import.Verdict?.Outcome;
    }

    private async Task<Generation> ObtainAsync()
    {
        await using var other = await Edge.StartAsync(_time, _ca, _settings, new TestStore(_time), [Wishes.Of("shop.test")]);
        await other.SettleAsync("shop.test");
        return other.Published.Current["shop.test"];
    }
}
