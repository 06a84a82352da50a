using System.Net;
using AcmeKestrel.Certificates;
using AcmeKestrel.Certificates.Ports;
using AcmeKestrel.Serving;
using AcmeKestrel.Serving.Finding;
using AcmeKestrel.Serving.Hellos;
using AcmeKestrel.Tests.Hostile;
using AcmeKestrel.Tests.Lifecycle;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace AcmeKestrel.Tests.Serving;

/// <summary>A table of certificates that stand on a watched shelf, and what a handshake does to get one.</summary>
internal sealed class FindingScene : IDisposable
{
    private readonly LoggerFactory _logging;
    private readonly CertificateFinder _finder;

    /// <param name="source">Null: the shelf.</param>
    /// <param name="handler">Made for the table.</param>
    public FindingScene(FakeTimeProvider? time = null, ICertificateSource? source = null, Func<CertificateTable, ICertificateMissHandler>? handler = null)
    {
        Time = time ?? new FakeTimeProvider(DateTimeOffset.UtcNow);
        source ??= Shelf;
        _logging = new LoggerFactory([Log]);
        Loaded = new LoadedCertificates(Settings, source);
        var opener = new CertificateOpener(new TlsContexts(new HotSet(Settings)), Loaded, Time, _logging.CreateLogger<CertificateOpener>(), source);
        Table = new CertificateTable(Time, new ServingReach(), Loaded, opener);
        var loads = new CertificateLoads(Table, Loaded, opener, new ServingLimits(), Time, _logging.CreateLogger<CertificateLoads>(), source);
        _finder = new CertificateFinder(
            Table, loads, new CertificateMisses(Table, new ServingLimits(), Time, _logging.CreateLogger<CertificateMisses>(), handler?.Invoke(Table)),
            new CertificatesOnDemand(Table, new ServingLimits(), Time, NullLogger<CertificatesOnDemand>.Instance, new(() => null)), Settings);
    }

    public FakeTimeProvider Time { get; }

    public TestSettings Settings { get; } = new();

    public WatchedShelf Shelf { get; } = new();

    public RecordedLog Log { get; } = new();

    public LoadedCertificates Loaded { get; }

    public CertificateTable Table { get; }

    /// <summary>On the shelf, and known by its facts alone.</summary>
    public Generation Store(Generation generation)
    {
        Shelf.Generations[generation.Label] = generation;
        Table.Publish(CertificateFacts.Of(generation));
        return generation;
    }

    public ValueTask<LoadedCertificate?> FindAsync(string? serverName, EndPoint? local = null, string remote = "192.0.2.1", KeyFamily accepts = KeyFamily.All) =>
        _finder.FindAsync(new ClientHello(serverName, IsAcmeTlsAlpn: false, accepts), local, new IPEndPoint(IPAddress.Parse(remote), 4711), out _);

    public void Dispose() => _logging.Dispose();
}
