using AcmeKestrel.Diagnostics;

namespace AcmeKestrel;

/// <summary>What a pass did.</summary>
/// <param name="Issued">Labels that got a new certificate.</param>
/// <param name="Error">Why the pass could not be made at all, or null.</param>
public sealed record AcmeReconcileResult(IReadOnlyList<string> Issued, IReadOnlyList<AcmeCertificateStatus> Failed, IReadOnlyList<AcmeCertificateStatus> Current, string? Error);
