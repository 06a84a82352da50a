using AcmeKestrel.Certificates;
using AcmeKestrel.Certificates.Ports;
using AcmeKestrel.Lifecycle.Planning;

namespace AcmeKestrel.Lifecycle.OnDemand;

/// <summary>Who of the names on demand was visited: a handshake marks its certificate in memory and no more, and here the marks are taken.</summary>
internal sealed class VisitMarks(OnDemandWishes wishes, OnDemandRegister register, Labels labels, IVisitedCertificates? visits = null)
{
    /// <summary>All names, with their certificates, and whether anybody came for them since this was asked last.</summary>
    public async Task<IReadOnlyList<NameMark>> TakeAsync(CancellationToken cancellationToken)
    {
        // One certificate may be several names'.
        var taken = new Dictionary<string, bool>(StringComparer.Ordinal);
        var marks = new List<NameMark>();
        foreach (var (name, known) in await wishes.AllAsync(cancellationToken).ConfigureAwait(false))
        {
            var label = register.LabelOf(name);
            if (label is not null && !taken.ContainsKey(label)) taken[label] = visits?.TakeVisit(label) is true;
            var entry = label is null ? null : labels.Of(label);
            marks.Add(new NameMark(name, known, entry?.Certificate, wishes.TakeMiss(name) | (label is not null && taken[label])) { IsUnread = entry is { Certificate: null, Damage: not null } });
        }

        return marks;
    }
}

/// <param name="Certificate">Null: it has none.</param>
internal sealed record NameMark(string Name, OnDemandName Known, CertificateFacts? Certificate, bool IsVisited)
{
    /// <summary>A name that gets no certificate, or no other one, is given up so long after its last visitor.</summary>
    private static readonly TimeSpan Without = TimeSpan.FromDays(1);

    /// <summary>Until then a visitor of it is worth no record.</summary>
    private static readonly TimeSpan BetweenRecords = TimeSpan.FromHours(6);

    /// <summary>What is stored of it cannot be read: it may well have one.</summary>
    public bool IsUnread { get; init; }

    /// <summary>The visit says something that the record does not.</summary>
    public bool IsNews(DateTimeOffset now)
    {
        if (!IsVisited) return false;
        if (Certificate is null) return now - Known.VisitedAt >= BetweenRecords;

        var from = Visits.CountFrom(Certificate);
        return (Known.VisitedAt < from && from <= now) || (Certificate.NotAfter <= now && now - Known.VisitedAt >= BetweenRecords);
    }

    /// <summary>Nobody comes for it: why it goes. Null: it stays.</summary>
    public string? OverBecause(DateTimeOffset now)
    {
        if (IsUnread) return null;
        if (Certificate is null) return now - Known.VisitedAt >= Without ? "it has no certificate, and nobody comes for it" : null;
        if (now < Certificate.NotAfter) return null;
        if (Known.VisitedAt < Visits.CountFrom(Certificate)) return "nobody visits it, and its certificate has ended";

        // Visited and not renewed: mostly its customer has left. One that has just ended may be renewed yet.
        return now - Certificate.NotAfter >= Without && now - Known.VisitedAt >= Without ? "its certificate has ended, there is no other one, and nobody comes for it" : null;
    }
}
