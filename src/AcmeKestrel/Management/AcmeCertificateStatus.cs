namespace AcmeKestrel;

/// <summary>
/// A status for each label that tells what happened and what comes next. A snapshot: it does not change. Members may be added in minor versions; the constructor and the setters are there for tests of your own.
/// </summary>
public sealed class AcmeCertificateStatus
{
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

    /// <summary>A sentence: why it is in this state.</summary>
    public string? Reason { get; init; }

    /// <summary>The served certificate's first moment.</summary>
    public DateTimeOffset? NotBefore { get; init; }

    /// <summary>The served certificate's last moment.</summary>
    public DateTimeOffset? NotAfter { get; init; }

    /// <summary>When something will be done next: the renewal, or the next attempt.</summary>
    public DateTimeOffset? NextAttempt { get; init; }

    /// <summary>Attempts that failed in a row.</summary>
    public int Failures { get; init; }

    /// <summary>Wished names that the served certificate does not have, because the CA could not validate them.</summary>
    public IReadOnlyList<string> DroppedNames { get; init; } = [];

    /// <summary>The wished profile that the CA did not grant, so that the certificate is, or will be, without it; null where there is none. It is asked for again at the next renewal.</summary>
    public string? DroppedProfile { get; init; }

    /// <summary>When the CA suggests to renew the served certificate; null where it says nothing. <see cref="NextAttempt"/> says what is made of it.</summary>
    public AcmeRenewalWindow? RenewalWindow { get; init; }

    /// <summary>A revocation of the label's certificates that has not come to its end: what is to be revoked, or is, and has not been replaced, or what the CA has not revoked yet; null where there is none.</summary>
    public AcmePendingRevocation? Revocation { get; init; }

    /// <summary>Label, state and reason.</summary>
    public override string ToString() => Reason is null ? $"{Label}: {State}" : $"{Label}: {State}: {Reason}";
}
