using System.Text;
using AcmeKestrel.Diagnostics;
using AcmeKestrel.LocalCa;
using AcmeKestrel.Storage;
using AcmeKestrel.Tests.Lifecycle;
using AcmeKestrel.Tests.Protocol;
using Microsoft.Extensions.Time.Testing;

namespace AcmeKestrel.Tests.Hostile;

/// <summary>The whole worker room with two wishes at the embedded CA, one of whose resources fails; for one of the names where it is a resource of an order.</summary>
internal sealed class HostileEdge : IAsyncDisposable
{
    public const string Bad = "bad.test";
    public const string Good = "good.test";

    private readonly FakeTimeProvider _time = new PauseSkippingTime(new DateTimeOffset(2026, 11, 23, 12, 0, 0, TimeSpan.Zero));
    private readonly TestStore _store;
    private readonly RecordedLog _log = new();
    private readonly HashSet<string> _privateKeys = [];
    private readonly List<string?> _reasons = [];
    private readonly LocalCaServer _ca;
    private Edge _edge = null!;

    private HostileEdge(Fault fault, string failingPath, int times)
    {
        _store = new TestStore(_time);
        _ca = new LocalCaServer(new LocalCaServerOptions { TimeProvider = _time, AlternateChains = 1, ExternalAccounts = { ["kid-1"] = Encoding.ASCII.GetBytes(Secrets.PlainMacKey) } });
        Transport = new FaultyTransport(_ca.CreateHandler(), _time) { Victim = Bad, Fault = fault, FailingPath = failingPath, Left = times };
    }

    public FaultyTransport Transport { get; }

    public int NewOrders => Count("/new-order", 201);

    public int Certificates => Count("/finalize/", 200);

    public int OrderRecords => _store.All(RecordKind.Order).Count(record => record.Key.Name == Bad);

    public static async Task<HostileEdge> StartAsync(Fault fault, string failingPath, int times = int.MaxValue)
    {
        var hostile = new HostileEdge(fault, failingPath, times);
        var settings = new TestSettings { DirectoryUrl = $"{hostile._ca.DirectoryUrl}?{FaultyTransport.Capability}", EabKeyId = "kid-1" };
        // The keys of orders that fail are gone afterwards.
        hostile._store.BeforeWrite = _ => hostile.KeepSecrets();
        hostile._edge = await Edge.StartAsync(hostile._time, new TestCa(hostile._time), settings, hostile._store, [Wishes.Of(Bad), Wishes.Of(Good)], () => hostile.Transport, hostile._log);
        return hostile;
    }

    public async Task RunAsync(TimeSpan duration)
    {
        await _edge.RunAsync(duration);
        KeepSecrets();
        _reasons.AddRange([Status(Bad).Reason, Status(Good).Reason]);
    }

    public AcmeCertificateStatus Status(string label) => _edge.Status(label);

    public void AssertNoSecretWasTold()
    {
        Assert.Contains(_log.Lines, line => line.Contains("POST https://ca.test/new-order answered", StringComparison.Ordinal));
        Assert.True(_privateKeys.Count >= 2);
        Secrets.AssertNoneIn([.. _log.Lines, .. _reasons], _privateKeys, Transport.Signatures);
    }

    public async ValueTask DisposeAsync()
    {
        await _edge.DisposeAsync();
        await _ca.DisposeAsync();
        _log.Dispose();
    }

    private int Count(string path, int status) => Transport.Processed.Count(answer => answer.IsVictims && answer.Status == status && answer.Path.StartsWith(path, StringComparison.Ordinal));

    private void KeepSecrets()
    {
        foreach (var record in (RecordKind[])[RecordKind.Account, RecordKind.Order, RecordKind.Certificate])
        {
            foreach (var stored in _store.All(record)) _privateKeys.Add(Encoding.ASCII.GetString(stored.Content.Find("privkey")!.Value.Span));
        }
    }
}
