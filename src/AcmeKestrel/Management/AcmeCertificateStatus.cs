using AcmeKestrel.Lifecycle.Planning;

namespace AcmeKestrel;

/// <summary>A status for each label that tells what happened and what comes next.</summary>
public sealed record AcmeCertificateStatus(string Label, IReadOnlyList<string> Names, string Provider, AcmeCertificateState State)
{
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
}
