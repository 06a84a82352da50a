using AcmeKestrel.Certificates;
using AcmeKestrel.Certificates.Ports;

namespace AcmeKestrel.Lifecycle.Stored;

/// <summary>While the state is still being listed, a name that somebody asks for is looked for under the labels that it most likely has: its own, its wildcard's, the one it came along with.</summary>
internal sealed class CertificateSearch(LabelLoader loader, ICertificatePublisher publisher) : ICertificateMissHandler
{
    private volatile bool _isOver;

    /// <inheritdoc/>
    public bool IsAsked => !_isOver;

    /// <summary>All is listed: what is not there is not stored.</summary>
    public void End() => _isOver = true;

    /// <inheritdoc/>
    public async ValueTask<bool> OnMissAsync(string name, CancellationToken cancellationToken)
    {
        if (_isOver) return false;

        // A look for a label may go through the names of all others; what is shown outside is a look at one.
        var hasFound = false;
        foreach (var read in (Func<string, CancellationToken, Task<Generation?>>[])[loader.ReadShownAsync, ReadNewestAsync])
        {
            foreach (var label in LabelsOf(name))
            {
                if (await read(label, cancellationToken).ConfigureAwait(false) is not { } found) continue;

                publisher.PublishFound(found);
                hasFound = true;
                if (Covers(found, name)) return true;
            }
        }

        return hasFound;
    }

    private async Task<Generation?> ReadNewestAsync(string label, CancellationToken cancellationToken) =>
        (await loader.ReadNewestAsync(label, cancellationToken).ConfigureAwait(false)).Generation;

    private static bool Covers(Generation found, string name) => found.Chain.Identifiers.Any(covered => covered.Value == name || covered.Value == DomainName.WildcardAbove(name));

    private static IEnumerable<string> LabelsOf(string name)
    {
        yield return name;
        yield return $"www.{name}";
        if (DomainName.WildcardAbove(name) is { } wildcard) yield return wildcard;
    }
}
