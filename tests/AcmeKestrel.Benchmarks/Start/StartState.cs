using System.Globalization;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json;
using AcmeKestrel.Certificates;
using AcmeKestrel.InteropTests.Edge;
using AcmeKestrel.Lifecycle.Planning;
using AcmeKestrel.Lifecycle.State;
using AcmeKestrel.Storage;
using AcmeKestrel.Storage.Files;
using AcmeKestrel.Tests.Storage;
using Microsoft.Extensions.Logging.Abstractions;

namespace AcmeKestrel.Benchmarks.Start;

/// <summary>
/// So many stored certificates, each of a name and a registrable domain of its own, as the store itself writes them; the same leaves as PEM bundles for Caddy. Whatever a server adds to the state later
/// is told apart from the records by being new, so this needs no word about what an index is.
/// </summary>
internal sealed class StartState : IDisposable
{
    /// <summary>Nobody listens there, and nothing is asked: all certificates are fresh, and renewal info is off.</summary>
    public const string DirectoryUrl = "https://127.0.0.1:1/directory";

    private readonly TemporaryFolder _folder = new();
    private readonly ThrowawayCa _ca = new();
    private readonly StartOptions _options;

    /// <summary>Every other one of those that break: they have one before it.</summary>
    private readonly HashSet<string> _renewed;
    private HashSet<string> _made = [];

    private StartState(StartOptions options)
    {
        _options = options;
        Names = [.. Enumerable.Range(1, options.Count).Select(number => string.Create(CultureInfo.InvariantCulture, $"name-{number:D6}.test"))];
        Broken = [.. Enumerable.Range(1, options.Broken).Select(number => Names[(int)((long)number * options.Count / (options.Broken + 1))])];
        Whole = [.. Names.Except(Broken)];
        _renewed = [.. Broken.Where((_, index) => index % 2 == 0)];
    }

    public IReadOnlyList<string> Names { get; }

    /// <summary>Those whose certificates cannot be read, spread among the others.</summary>
    public IReadOnlyList<string> Broken { get; }

    /// <summary>The others.</summary>
    public IReadOnlyList<string> Whole { get; }

    public X509Certificate2 Root => _ca.Root;

    /// <summary>The state directory.</summary>
    public string Path => _folder.In("state");

    /// <summary>One file a certificate: chain and key.</summary>
    public string Bundles => _folder.In("bundles");

    /// <summary>Where SampleWeb finds its configuration.</summary>
    public string ContentRoot => _folder.In("content");

    /// <summary>Another program's files.</summary>
    public string In(string name) => _folder.In(name);

    public static async Task<StartState> CreateAsync(StartOptions options)
    {
        var state = new StartState(options);
        try
        {
            foreach (var folder in new[] { state.Bundles, state.ContentRoot, state.Aside }) Directory.CreateDirectory(folder);
            await state.StoreAsync();
            state.Wish();
            state._made = [.. state.Entries()];
            return state;
        }
        catch
        {
            state.Dispose();
            throw;
        }
    }

    /// <summary>Before a run that is not measured, which leaves what it adds: for a stale index without the last certificate.</summary>
    public void Settle()
    {
        if (_options.Index == StartIndex.Stale) Move(Path, Aside);
    }

    /// <summary>After that run: what it added is kept, to be put back before each round.</summary>
    public void Settled()
    {
        if (_options.Index == StartIndex.Stale) Move(Aside, Path);
        foreach (var added in Added()) Copy(System.IO.Path.Combine(Path, added), _folder.In("added", added));
        Break();
    }

    /// <summary>Before each round: the state as it was asked for, and in the page cache.</summary>
    public void Prepare()
    {
        foreach (var added in Added()) Remove(System.IO.Path.Combine(Path, added));
        if (_options.Index != StartIndex.Missing && Directory.Exists(_folder.In("added")))
        {
            foreach (var added in Directory.EnumerateFileSystemEntries(_folder.In("added"))) Copy(added, System.IO.Path.Combine(Path, System.IO.Path.GetFileName(added)));
        }

        PageCache.Fill(_folder.Path);
    }

    public void Dispose()
    {
        _ca.Dispose();
        if (_options.Keep) Console.WriteLine($"left behind: {_folder.Path}");
        else _folder.Dispose();
    }

    private string Aside => _folder.In("aside");

    private async Task StoreAsync()
    {
        var store = new StateDirectoryStore(
            new StateDirectoryOptions(Path, null), TimeProvider.System, NullLogger<StateDirectoryStore>.Instance, new UnsyncedFiles(LocalFileSystem.Below(Path)));
        using (store)
        {
            await using var lease = await store.TryLeaseAsync(new StoreLeaseRequest("state", "start", TimeSpan.FromHours(1)), CancellationToken.None) ?? throw new InvalidOperationException("The lease of a new state is held.");
            var session = new StateSession(store, lease.Fence);
            await Parallel.ForEachAsync(Names, async (name, cancellationToken) =>
            {
                var issuedAt = DateTimeOffset.UtcNow.AddDays(-1);
                var generation = _ca.Issue(name, GenerationId.Of(issuedAt, $"{DirectoryUrl}/order/{name}"), DirectoryUrl);
                await session.WriteAsync(GenerationRecord.Key(name, generation.Id), GenerationRecord.Write(generation), cancellationToken);
                if (_renewed.Contains(name))
                {
                    var earlier = _ca.Issue(name, GenerationId.Of(issuedAt.AddDays(-60), $"{DirectoryUrl}/order/{name}/1"), DirectoryUrl);
                    await session.WriteAsync(GenerationRecord.Key(name, earlier.Id), GenerationRecord.Write(earlier), cancellationToken);
                }

                await store.SwitchAsync(name, generation.Id, cancellationToken);
                await ScheduleRecord.SaveAsync(session, name, Schedule.Empty with { WorkedChallenge = "http-01", LastOrder = generation.Origin.OrderUrl }, cancellationToken);
                await File.WriteAllTextAsync(
                    System.IO.Path.Combine(Bundles, $"{name}.pem"),
                    generation.Chain.ToFullChainPem() + CertificateKey.ToPem(generation.PrivateKeyPkcs8.Span),
                    cancellationToken);
            });
        }
    }

    private void Wish()
    {
        if (_options.Wishes == StartWishes.Domains)
        {
            var settings = new { Acme = new { Domains = Names } };
            File.WriteAllBytes(System.IO.Path.Combine(ContentRoot, "appsettings.json"), JsonSerializer.SerializeToUtf8Bytes(settings));
        }

        if (_options.Wishes == StartWishes.Desired)
        {
            foreach (var name in Names) File.WriteAllBytes(System.IO.Path.Combine(Path, "desired", name), Encoding.UTF8.GetBytes($"{name}\n"));
        }
    }

    /// <summary>No file of their newest can be read, whoever tries.</summary>
    private void Break()
    {
        foreach (var folder in Broken.Select(name => Directory.GetDirectories(System.IO.Path.Combine(Path, "certs"), $"{name}@*").Max(StringComparer.Ordinal)!))
        {
            foreach (var file in Directory.GetFiles(folder))
            {
                File.Delete(file);
                Directory.CreateDirectory(file);
            }
        }
    }

    private IEnumerable<string> Entries() => Directory.EnumerateFileSystemEntries(Path).Select(entry => System.IO.Path.GetFileName(entry)!);

    private IEnumerable<string> Added() => [.. Entries().Where(entry => !_made.Contains(entry))];

    /// <summary>The last certificate, as somebody removes or restores it by hand.</summary>
    private void Move(string from, string to)
    {
        foreach (var kind in new[] { "certs", "schedule" })
        {
            Directory.CreateDirectory(System.IO.Path.Combine(to, kind));
            foreach (var entry in new DirectoryInfo(System.IO.Path.Combine(from, kind)).GetFileSystemInfos($"{Names[^1]}*"))
            {
                var target = System.IO.Path.Combine(to, kind, entry.Name);
                if (entry.LinkTarget is { } link)
                {
                    // .NET moves no link to a folder.
                    File.CreateSymbolicLink(target, link);
                    File.Delete(entry.FullName);
                }
                else if (entry is DirectoryInfo folder)
                {
                    folder.MoveTo(target);
                }
                else
                {
                    File.Move(entry.FullName, target);
                }
            }
        }
    }

    private static void Remove(string path)
    {
        if (Directory.Exists(path)) Directory.Delete(path, recursive: true);
        else File.Delete(path);
    }

    private static void Copy(string from, string to)
    {
        if (!Directory.Exists(from))
        {
            Directory.CreateDirectory(System.IO.Path.GetDirectoryName(to)!);
            File.Copy(from, to, overwrite: true);
            return;
        }

        Directory.CreateDirectory(to);
        foreach (var entry in Directory.EnumerateFileSystemEntries(from)) Copy(entry, System.IO.Path.Combine(to, System.IO.Path.GetFileName(entry)));
    }
}
