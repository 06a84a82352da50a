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
    public async ValueTask<bool> OnMissAsync(CertificateQuestion question, CancellationToken cancellationToken)
    {
        if (_isOver) return false;

        var hasFound = false;
        foreach (var label in LabelsOf(question.Name))
        {
            if ((await loader.ReadNewestAsync(label, cancellationToken).ConfigureAwait(false)).Generation is not { } found) continue;

            publisher.PublishFound(found);
            hasFound = true;
        }

        return hasFound;
    }

    private static IEnumerable<string> LabelsOf(string name)
    {
        yield return name;
        yield return $"www.{name}";
        if (name.IndexOf('.', StringComparison.Ordinal) is > 0 and var dot) yield return $"*{name[dot..]}";
    }
}
