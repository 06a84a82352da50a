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
            var (entry, isWished) = FindEntry(name);
            if (entry is not null && !taken.ContainsKey(entry.Label)) taken[entry.Label] = visits?.TakeVisit(entry.Label) is true;
            marks.Add(new NameMark(name, known, entry?.Certificate, wishes.TakeMiss(name) | (entry is not null && taken[entry.Label]))
            {
                IsUncertain = entry?.Certificate is null && (entry?.Damage is not null || (!isWished && !labels.AreWishesWhole)),
            });
        }

        return marks;
    }

    /// <summary>Its certificate is one for others as well, which are on record nowhere: a wildcard's.</summary>
    public bool IsShared(string name) => FindEntry(name).Entry is { } entry && entry.Label != name;

    /// <summary>What is not wished now, since a setting is wrong or somebody else wishes the name for a while, may have a certificate all the same.</summary>
    private (LabelEntry? Entry, bool IsWished) FindEntry(string name) =>
        register.LabelOf(name) is { } label
            ? (labels.Of(label), true)
            : (Stored(name) ?? (DomainName.WildcardAbove(name) is { } above ? Stored(above) : null) ?? (Stored($"*.{name}") is { } below && below.Certificate?.Names.Contains(name) is true ? below : null), false);

    private LabelEntry? Stored(string label) => labels.FindEntry(label) is { } entry && (entry.Certificate is not null || entry.Damage is not null) ? entry : null;
}

/// <param name="Certificate">Null: it has none.</param>
internal sealed record NameMark(string Name, OnDemandName Known, CertificateFacts? Certificate, bool IsVisited)
{
    /// <summary>A name that gets no certificate, or no other one, is given up so long after its last visitor.</summary>
    private static readonly TimeSpan Without = TimeSpan.FromDays(1);

    /// <summary>Until then a visitor of it is worth no record.</summary>
    private static readonly TimeSpan BetweenRecords = TimeSpan.FromHours(6);

    /// <summary>What is stored of it cannot be read, or nothing is and it is no wish now while somebody's wish has a fault in it: nobody knows what there is, or would be.</summary>
    public bool IsUncertain { get; init; }

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
        if (IsUncertain) return null;
        if (Certificate is null) return now - Known.VisitedAt >= Without ? "it has no certificate, and nobody comes for it" : null;
        if (now < Certificate.NotAfter) return null;
        if (Known.VisitedAt < Visits.CountFrom(Certificate)) return "nobody visits it, and its certificate has ended";

        // Visited and not renewed: mostly its customer has left. One that has just ended may be renewed yet.
        return now - Certificate.NotAfter >= Without && now - Known.VisitedAt >= Without ? "its certificate has ended, there is no other one, and nobody comes for it" : null;
    }
}
