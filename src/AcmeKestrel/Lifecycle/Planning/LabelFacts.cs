using AcmeKestrel.Certificates;
using AcmeKestrel.Lifecycle.Planning.Revocations;

namespace AcmeKestrel.Lifecycle.Planning;

/// <summary>A label's certificate and schedule, as of one moment.</summary>
internal sealed record LabelFacts(CertificateFacts? Certificate, Schedule Schedule)
{
    /// <summary>What its order in flight is for; null: it has none.</summary>
    public OrderPurpose? OrderedFor { get; init; }

    /// <summary>Certificates that are to be revoked, or that the CA has revoked.</summary>
    public Revocation? Revocation { get; init; }

    /// <summary>What stood in the way when it was looked at last.</summary>
    public Obstacle? Obstacle { get; init; }
}
