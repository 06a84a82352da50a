using AcmeKestrel.Certificates;
using AcmeKestrel.Certificates.Ports;
using AcmeKestrel.Lifecycle.State;
using AcmeKestrel.Storage;

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

        foreach (var label in LabelsOf(question.Name))
        {
            if ((await loader.ReadNewestAsync(label, cancellationToken).ConfigureAwait(false)).Generation is not { } found) continue;

            publisher.PublishFound(found);
            if (found.Chain.Identifiers.Any(name => Covers(name, question.Name))) return true;
        }

        return false;
    }

    private static IEnumerable<string> LabelsOf(string name)
    {
        yield return name;
        yield return $"www.{name}";
        if (name.IndexOf('.', StringComparison.Ordinal) is > 0 and var dot) yield return $"*{name[dot..]}";
    }

    /// <summary>A wildcard stands for exactly one label (RFC 9525 section 6.3).</summary>
    private static bool Covers(AcmeIdentifier name, string asked) =>
        name.Value.Equals(asked, StringComparison.OrdinalIgnoreCase)
        || (name.IsWildcard && asked.IndexOf('.', StringComparison.Ordinal) is > 0 and var dot && asked.AsSpan(dot).Equals(name.Value.AsSpan(1), StringComparison.OrdinalIgnoreCase));
}
