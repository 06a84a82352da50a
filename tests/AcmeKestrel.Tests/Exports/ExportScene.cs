using AcmeKestrel.Certificates;
using AcmeKestrel.Configuration;
using AcmeKestrel.Exports;
using AcmeKestrel.Lifecycle.Exporting;
using AcmeKestrel.Storage;
using AcmeKestrel.Tests.Lifecycle;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;

namespace AcmeKestrel.Tests.Exports;

/// <summary>A CA, a store and a real folder to export to; "processes" over them in virtual time.</summary>
internal sealed class ExportScene : IDisposable
{
    public const UnixFileMode Public = (UnixFileMode)0b110_100_100;
    public const UnixFileMode Private = (UnixFileMode)0b110_000_000;
    public const UnixFileMode OfGroup = (UnixFileMode)0b110_100_000;

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("acme-exports-");

    public ExportScene() => (Store, Ca) = (new TestStore(Time), new TestCa(Time));

    public FakeTimeProvider Time { get; } = new(new DateTimeOffset(2026, 11, 23, 12, 0, 0, TimeSpan.Zero));

    public TestStore Store { get; }

    public TestCa Ca { get; }

    public TestSettings Settings { get; } = new();

    public string Folder => _folder.FullName;

    public string this[string name] => Path.Combine(Folder, name);

    public IEnumerable<string> Files => Directory.EnumerateFileSystemEntries(Folder, "*", SearchOption.AllDirectories).Select(path => Path.GetRelativePath(Folder, path)).Order(StringComparer.Ordinal);

    /// <summary>One that says only what it must.</summary>
    public ExportSetting Export(string path, ExportContent content = ExportContent.FullChain, string? certificate = null, int place = 0) =>
        new($"Acme:Exports:{place}", certificate, content, Path.IsPathRooted(path) ? path : this[path], ExportSetting.IsWithKey(content) ? Private : Public);

    public Task<Edge> StartAsync(params string[] labels) => StartAsync(Store, null, null, labels);

    public Task<Edge> StartAsync(IAcmeStore store, ILoggerProvider? log, ExportWriter? writer, params string[] labels) => Edge.StartAsync(Time, Ca, Settings, store, [.. labels.Select(label => Wishes.Of(label))], log: log, exports: writer);

    /// <summary>Does what is due of the exports.</summary>
    public static async Task ExportAsync(Edge edge)
    {
        var queue = edge.Get<ExportQueue>();
        while (await queue.RunNextAsync(edge.Get<ExportDesk>().LookAsync, CancellationToken.None)) continue;
    }

    /// <summary>The label's next certificate.</summary>
    public static async Task RenewAsync(Edge edge, string label)
    {
        await edge.RunAsync(TimeSpan.FromHours(1));
        var renewal = edge.Get<IAcmeCertificates>().RenewAsync(label, CancellationToken.None);
        await edge.RunAsync(TimeSpan.FromMinutes(1));
        await renewal;
    }

    /// <summary>The files are those of this generation.</summary>
    public static void AssertIsPair(Generation generation, string certificate, string key)
    {
        Assert.Equal(generation.Chain.ToFullChainPem(), File.ReadAllText(certificate));
        Assert.Equal(CertificateKey.ToPem(generation.PrivateKeyPkcs8.Span), File.ReadAllText(key));
    }

    public void Dispose() => _folder.Delete(recursive: true);
}
