using AcmeKestrel.Certificates;
using AcmeKestrel.Lifecycle.Planning;
using AcmeKestrel.Lifecycle.Planning.Revocations;

namespace AcmeKestrel.Lifecycle.Telling;

/// <summary>A label as others see it.</summary>
internal sealed record LabelView(string Label, Wish? Wish, CertificateFacts? Certificate, Schedule Schedule)
{
    /// <summary>Certificates that are to be revoked, or that the CA has revoked.</summary>
    public Revocation? Revocation { get; init; }

    /// <summary>How far its order in flight has come, in a few words; null: it has none.</summary>
    public string? Step { get; init; }
}
