using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace AcmeKestrel.Benchmarks.Fleet;

/// <summary>How long after a certificate was written into a shared folder the last machine showed it to a client. Clients look every fifth of a second, so it may be that much too long: looking more often would take the machines' processor.</summary>
/// <param name="generations">How many of each name are awaited.</param>
internal sealed class FolderSpread(string storage, IReadOnlyList<int> ports, int generations)
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(90);

    /// <summary>How many certificates were written; more than are awaited, where a name was ordered more than once.</summary>
    public int Written { get; private set; }

    /// <summary>Milliseconds from when the first one of each name's last generation was written until all machines served one of it.</summary>
    public async Task<IReadOnlyList<double>> MeasureAsync(IReadOnlyList<string> names)
    {
        using var patience = new CancellationTokenSource(Longest);
        using var over = CancellationTokenSource.CreateLinkedTokenSource(patience.Token);
        var writing = names.Select(name => WrittenAsync(name, over.Token)).ToList();
        var seen = await Task.WhenAll(names.Select(name => Task.WhenAll(ports.Select(port => SeenAsync(port, name, patience.Token)))));
        await over.CancelAsync();
        var written = await Task.WhenAll(writing);
        Written = written.Sum(each => each.Count);
        return [.. seen.Zip(written, Spread)];
    }

    private static double Spread(List<(string Fingerprint, DateTime At)>[] seen, List<(string Fingerprint, DateTime At)> written)
    {
        var last = seen.Select(each => each[^1].Fingerprint).ToHashSet();
        return (seen.Max(each => each[^1].At) - written.First(one => last.Contains(one.Fingerprint)).At).TotalMilliseconds;
    }

    private async Task<List<(string Fingerprint, DateTime At)>> SeenAsync(int port, string name, CancellationToken cancellationToken)
    {
        var seen = new List<(string Fingerprint, DateTime At)>();
        while (seen.Count < generations)
        {
            if (await FleetVisitor.SeeAsync(port, name) is { } shown && seen.All(one => one.Fingerprint != shown)) seen.Add((shown, DateTime.UtcNow));
            await Task.Delay(Pause, cancellationToken);
        }

        return seen;
    }

    /// <summary>All that were there until it is cancelled.</summary>
    private async Task<List<(string Fingerprint, DateTime At)>> WrittenAsync(string name, CancellationToken cancellationToken)
    {
        var written = new List<(string Fingerprint, DateTime At)>();
        while (!cancellationToken.IsCancellationRequested)
        {
            if (Find(name) is { } path && File.GetLastWriteTimeUtc(path) is var at && (written.Count == 0 || written[^1].At != at) && TryRead(path) is { } fingerprint) written.Add((fingerprint, at));
            await Task.Delay(Pause / 8, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        return written;
    }

    private string? Find(string name) => Directory.Exists(storage) ? Directory.EnumerateFiles(storage, $"{name}.crt", SearchOption.AllDirectories).FirstOrDefault() : null;

    /// <summary>Null while it is being written.</summary>
    private static string? TryRead(string path)
    {
        try
        {
            using var certificate = X509CertificateLoader.LoadCertificateFromFile(path);
            return certificate.Thumbprint;
        }
        catch (Exception unfinished) when (unfinished is CryptographicException or IOException)
        {
            return null;
        }
    }
}
