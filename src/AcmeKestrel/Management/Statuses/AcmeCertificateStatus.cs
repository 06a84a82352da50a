using System.Collections.ObjectModel;
using AcmeKestrel.Certificates.International;
using AcmeKestrel.Lifecycle.Planning.Renewals;

namespace AcmeKestrel;

/// <summary>
/// A status for each label that tells what happened and what comes next. A snapshot: it does not change. Members may be added in minor versions; the constructor and the setters are there for tests of your own.
/// </summary>
/// <remarks>
/// <see cref="Served"/>, <see cref="Stored"/>, <see cref="ShownInstead"/> and <see cref="Limits"/> are read for one label when <see cref="IAcmeCertificates.GetAsync"/> asks for it, and are empty in every list and change. What is known by the label's schedule
/// (<see cref="Failures"/>, <see cref="Tries"/>, <see cref="LastProblem"/>, <see cref="WorkedChallenge"/>, <see cref="PermanentRecords"/>, <see cref="RenewalWindow"/>) is empty there, too, until the label is looked at for the first time after a start, which
/// takes minutes where there are many that have nothing to do.
/// </remarks>
public sealed class AcmeCertificateStatus
{
    private AcmeStoredCertificate? _served;
    private AcmeStoredCertificate? _stored;
    private IReadOnlyList<AcmeShownCertificate> _shownInstead = [];
    private IReadOnlyList<AcmeLimitRoom> _limits = [];
    private IReadOnlyList<AcmeExportStatus> _exports = [];

    /// <summary>A status with what is always there.</summary>
    public AcmeCertificateStatus(string label, IReadOnlyList<string> names, string provider, AcmeCertificateState state)
    {
        ArgumentNullException.ThrowIfNull(label);
        ArgumentNullException.ThrowIfNull(names);
        ArgumentNullException.ThrowIfNull(provider);
        (Label, Names, Provider, State) = (label, names, provider, state);
    }

    /// <summary>Names the certificate; of an entry that could not become a wish, where it stands.</summary>
    public string Label { get; }

    /// <summary>The wished names; empty where the entry could not become a wish.</summary>
    public IReadOnlyList<string> Names { get; }

    /// <summary>The CA by its name in the configuration; empty where the entry could not become a wish.</summary>
    public string Provider { get; }

    /// <summary>Where it stands.</summary>
    public AcmeCertificateState State { get; }

    /// <summary>Where it is wished: a configuration key, a file, a route.</summary>
    public string? Origin { get; init; }

    /// <summary>A sentence: why it is in this state; while it is ordered, how far the order has come.</summary>
    public string? Reason { get; init; }

    /// <summary>Which of the label's certificates is served; null: none.</summary>
    public string? Generation { get; init; }

    /// <summary>The served certificate's first moment.</summary>
    public DateTimeOffset? NotBefore { get; init; }

    /// <summary>The served certificate's last moment.</summary>
    public DateTimeOffset? NotAfter { get; init; }

    /// <summary>When something will be done next: the renewal, or the next attempt.</summary>
    public DateTimeOffset? NextAttempt { get; init; }

    /// <summary>Attempts that failed in a row.</summary>
    public int Failures { get; init; }

    /// <summary>Orders in a row whose validation failed; the first of them may cost no wait, since another challenge type is tried at once.</summary>
    public int Tries { get; init; }

    /// <summary>Why the last attempt failed; null: it did not, or there was none. Stays while wished names are left out of the certificate.</summary>
    public AcmeCertificateProblem? LastProblem { get; init; }

    /// <summary>The challenge type that last worked for all names; it is tried first. Null: none did, or not the same for all.</summary>
    public string? WorkedChallenge { get; init; }

    /// <summary>Records that prove its names (<c>dns-persist-01</c>) and have to stay in DNS, as lines of a zone file; empty where there are none. One that is missing is in <see cref="Reason"/>.</summary>
    public IReadOnlyList<string> PermanentRecords { get => field ?? []; init; }

    /// <summary>Wished names that the served certificate does not have, because the CA could not validate them.</summary>
    public IReadOnlyList<string> DroppedNames { get => field ?? []; init; }

    /// <summary>The wished profile that the CA did not grant, so that the certificate is, or will be, without it; null where there is none. It is asked for again at the next renewal.</summary>
    public string? DroppedProfile { get; init; }

    /// <summary>What is to be said of the profile that the CA is asked for, such as one that it issues for addresses with; null: nothing.</summary>
    public string? ProfileRemark { get; init; }

    /// <summary>By name, the Unicode form of those of <see cref="Names"/> that are internationalised and can be shown in it; for a person's eyes, beside the name: names that are others may look alike.</summary>
    public IReadOnlyDictionary<string, string> UnicodeNames => UnicodeNamesOf(Names);

    /// <summary>Since when somebody has it on hold (<see cref="IAcmeCertificates.HoldAsync"/>): nothing is ordered for it before it is released, however good or bad its certificate is. Null: nobody has.</summary>
    public DateTimeOffset? HeldSince { get; init; }

    /// <summary>What whoever put it on hold said; null: nothing.</summary>
    public string? HoldReason { get; init; }

    /// <summary>When the CA suggests to renew the served certificate; null where it says nothing. <see cref="NextAttempt"/> says what is made of it.</summary>
    public AcmeRenewalWindow? RenewalWindow { get; init; }

    /// <summary>A revocation of the label's certificates that has not come to its end: what is to be revoked, or is, and has not been replaced, or what the CA has not revoked yet; null where there is none.</summary>
    public AcmePendingRevocation? Revocation { get; init; }

    /// <summary>The files that the certificate is brought to (<c>Acme:Exports</c>), as they were found by the last look at them; empty where it has none, before the first look, and in a process that has not got the state.</summary>
    public IReadOnlyList<AcmeExportStatus> Exports
    {
        get => _exports;
        init => _exports = value ?? [];
    }

    /// <summary>The served certificate, as its record says; null in lists, and where none is served.</summary>
    public AcmeStoredCertificate? Served
    {
        get => _served;
        init => _served = value;
    }

    /// <summary>Another certificate that programs outside find in the state (<c>certs/&lt;label&gt;</c>): one that came this moment, was put there by hand, or cannot be served. Null in lists, and where it is the served one.</summary>
    public AcmeStoredCertificate? Stored
    {
        get => _stored;
        init => _stored = value;
    }

    /// <summary>
    /// What visitors of wished names are shown that is not <see cref="Served"/>, whatever is at hand and valid being better than nothing: another label's certificate (whose names these were, whose wildcard covers them) or an older one of this label,
    /// for names that the newer one is without. Empty in lists, where visitors get the label's own, and for names that none of our certificates is shown for.
    /// </summary>
    public IReadOnlyList<AcmeShownCertificate> ShownInstead
    {
        get => _shownInstead;
        init => _shownInstead = value ?? [];
    }

    /// <summary>What is left of the wished CA's limits for this certificate; empty in lists, where the CA has none that are counted, and where it was not used since the start.</summary>
    public IReadOnlyList<AcmeLimitRoom> Limits
    {
        get => _limits;
        init => _limits = value ?? [];
    }

    /// <summary>Mostly of none.</summary>
    private static IReadOnlyDictionary<string, string> UnicodeNamesOf(IReadOnlyList<string> names)
    {
        var shown = names.Select(name => (Name: name, Unicode: UnicodeName.Of(name))).Where(pair => pair.Unicode is not null).DistinctBy(pair => pair.Name).ToList();
        return shown.Count == 0 ? ReadOnlyDictionary<string, string>.Empty : shown.ToDictionary(pair => pair.Name, pair => pair.Unicode!);
    }

    /// <summary>The same with what was read for this label.</summary>
    internal AcmeCertificateStatus With(AcmeStoredCertificate? served, AcmeStoredCertificate? stored, IReadOnlyList<AcmeShownCertificate> shownInstead, IReadOnlyList<AcmeLimitRoom> limits)
    {
        var copy = (AcmeCertificateStatus)MemberwiseClone();
        (copy._served, copy._stored, copy._shownInstead, copy._limits) = (served, stored, shownInstead, limits);
        return copy;
    }

    /// <summary>The same with what is known of its files.</summary>
    internal AcmeCertificateStatus With(IReadOnlyList<AcmeExportStatus> exports)
    {
        if (exports.Count == 0) return this;
        var copy = (AcmeCertificateStatus)MemberwiseClone();
        copy._exports = exports;
        return copy;
    }

    /// <summary>Label, state and reason.</summary>
    public override string ToString() => Reason is null ? $"{Label}: {State}" : $"{Label}: {State}: {Reason}";
}
