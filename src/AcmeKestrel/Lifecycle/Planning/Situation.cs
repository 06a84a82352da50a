using AcmeKestrel.Certificates;
using AcmeKestrel.Configuration;
using AcmeKestrel.Lifecycle.Planning.Revocations;

namespace AcmeKestrel.Lifecycle.Planning;

/// <summary>All that a decision about a label is made from: values, so that whoever has them can ask what would be decided.</summary>
/// <param name="Wish">Null: not wished (any more).</param>
internal sealed record Situation(string Label, Wish? Wish, RenewalPolicy Renewal)
{
    /// <summary>The newest generation.</summary>
    public CertificateFacts? Certificate { get; init; }

    public Schedule Schedule { get; init; } = Schedule.Empty;

    /// <summary>The order in flight.</summary>
    public OpenOrder? Order { get; init; }

    /// <summary>Certificates of the label that are to be revoked, or that the CA has revoked.</summary>
    public Revocation? Revocation { get; init; }

    /// <summary>Why a stored record of the label cannot be used.</summary>
    public RecordFault? Damage { get; init; }

    /// <summary>Why no CA may be talked to now, whatever the label.</summary>
    public Obstacle? Gate { get; init; }

    /// <summary>The CAs that may issue it, preferred first; empty where the wish names one that is not configured.</summary>
    public IReadOnlyList<Candidate> Candidates { get; init; } = [];

    /// <summary>The staging directory of the wished CA; null where it has none.</summary>
    public Candidate? Rehearsal { get; init; }

    /// <summary>Certificates for the wished names whose labels are wished no more, or for others.</summary>
    public IReadOnlyList<LabelFacts> LeftBehind { get; init; } = [];

    /// <summary>The order in flight is not for what the label is wished for, if it is; these wait for what it brings.</summary>
    public IReadOnlyList<string> Heirs { get; init; } = [];

    /// <summary>A label that is wished no more, or for other names, has an order in flight for just this wish: why nothing need be bought before that has ended.</summary>
    public Obstacle? Awaited { get; init; }

    /// <summary>How long what is stored outlives its wish and its certificate; null: for ever, since the wishes are not known to be whole.</summary>
    public TimeSpan? Keep { get; init; } = AcmeSettings.DefaultKeep;

    /// <summary>Somebody asked for an attempt now: the ladder does not count, all else does.</summary>
    public bool IsForced { get; init; }

    /// <summary>Somebody asked for another certificate now, though the present one may satisfy.</summary>
    public bool IsRenewalAsked { get; init; }

    /// <summary>With what was met at CAs and is on no record.</summary>
    public Situation With(IReadOnlyDictionary<CaKey, Obstacle> met)
    {
        if (met.Count == 0) return this;

        return this with { Candidates = [.. Candidates.Select(Met)], Order = Order is { At: { } at } order ? order with { At = Met(at) } : Order };

        Candidate Met(Candidate candidate) => met.TryGetValue(candidate.Provider.Ca, out var obstacle) ? candidate with { Unusable = obstacle } : candidate;
    }
}
