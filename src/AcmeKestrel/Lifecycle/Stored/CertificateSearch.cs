using AcmeKestrel.Certificates;
using AcmeKestrel.Certificates.Ports;
using AcmeKestrel.Lifecycle.State;
using AcmeKestrel.Storage;

namespace AcmeKestrel.Lifecycle.Stored;

/// <summary>
/// While the state is still being listed, a name that somebody asks for is looked for under the labels that it most likely has: its own, its wildcard's, the one it came along with. Which labels there are is read
/// once, by the names of the records alone, whoever asks for whatever: of a hundred thousand that is a fraction of a second, where their contents may take a minute.
/// </summary>
internal sealed class CertificateSearch(LabelLoader loader, ICertificatePublisher publisher) : ICertificateMissHandler
{
    private readonly Lock _gate = new();

    /// <summary>By label, its newest generation.</summary>
    private Task<Dictionary<string, string>>? _stored;
    private IReadOnlyCollection<string>? _names;
    private bool _areListed;
    private volatile bool _isListing;
    private volatile bool _isOver;

    /// <inheritdoc/>
    public bool IsAsked => !_isOver;

    /// <inheritdoc/>
    public bool IsListing => _isListing;

    /// <summary>Until it is over, or fails, a name without a certificate may have one.</summary>
    public void BeginListing()
    {
        lock (_gate) _isListing = !_areListed;
    }

    /// <summary>What is stored cannot be read now, and nobody knows when it can be.</summary>
    public void FailListing() => _isListing = false;

    /// <summary>The list of names that is read anyway: there is no need for another one.</summary>
    /// <param name="names">Of records, the newest of each label.</param>
    public void Know(IReadOnlyCollection<string> names)
    {
        // A list before this one may have failed, and be of another time.
        lock (_gate) (_names, _stored) = (_areListed ? null : names, null);
    }

    /// <summary>All stored certificates are served: there is nothing to look for any more, though the state is not known yet.</summary>
    public void EndLooking()
    {
        lock (_gate) (_areListed, _isListing, _names, _stored) = (true, false, null, null);
    }

    /// <summary>All is known: what is not there is not stored.</summary>
    public void End()
    {
        _isOver = true;
        EndLooking();
    }

    /// <inheritdoc/>
    public async ValueTask<bool> MayHaveAsync(string name, CancellationToken cancellationToken)
    {
        if (Stored() is not { } listing) return false;

        var stored = await listing.WaitAsync(cancellationToken).ConfigureAwait(false);
        return LabelsOf(name).Any(stored.ContainsKey);
    }

    /// <inheritdoc/>
    public async ValueTask<bool> OnMissAsync(CertificateQuestion question, CancellationToken cancellationToken)
    {
        if (Stored() is not { } listing) return false;

        var (stored, hasFound) = (await listing.WaitAsync(cancellationToken).ConfigureAwait(false), false);
        foreach (var label in LabelsOf(question.Name))
        {
            if (!stored.TryGetValue(label, out var generation) || await loader.ReadAsync(label, generation, cancellationToken).ConfigureAwait(false) is not { } found) continue;

            publisher.PublishFound(found);
            hasFound = true;

            // Another label may have one whose key the client can verify.
            if (Covers(found, question.Name) && question.Accepts.HasFlag(found.Chain.KeyFamily)) return true;
        }

        return hasFound;
    }

    /// <summary>Null: nothing is to be looked for. A list that failed is begun anew by whoever asks next.</summary>
    private Task<Dictionary<string, string>>? Stored()
    {
        lock (_gate)
        {
            if (_areListed) return null;
            if (_stored is null or { IsFaulted: true } or { IsCanceled: true }) _stored = _names is { } names ? Task.Run(() => ByLabel(names)) : Task.Run(() => loader.NewestAsync(CancellationToken.None));
            return _stored;
        }
    }

    private static Dictionary<string, string> ByLabel(IReadOnlyCollection<string> names)
    {
        var newest = new Dictionary<string, string>(names.Count, StringComparer.Ordinal);
        foreach (var name in names)
        {
            var (label, generation) = GenerationRecord.Names(new RecordKey(RecordKind.Certificate, name));
            newest[label] = generation;
        }

        return newest;
    }

    private static bool Covers(Generation found, string name) => found.Chain.Identifiers.Any(covered => covered.Value == name || covered.Value == DomainName.WildcardAbove(name));

    private static IEnumerable<string> LabelsOf(string name)
    {
        yield return name;
        yield return $"www.{name}";
        if (DomainName.WildcardAbove(name) is { } wildcard) yield return wildcard;
    }
}
