namespace AcmeKestrel.CommandLine;

/// <summary>What <c>status --json</c> prints.</summary>
/// <param name="State">The state directory; null where the state is kept elsewhere.</param>
/// <param name="Server">Whoever was asked; null: no server runs, and the state itself was read.</param>
internal sealed record StatusAnswer(string? State, AcmeServerInfo? Server, IReadOnlyList<AcmeCertificateStatus> Certificates);

/// <summary>What <c>plan --json</c> prints.</summary>
internal sealed record PlanAnswer(string? State, IReadOnlyList<AcmePlannedCertificate> Certificates);

/// <summary>What <c>requests --json</c> prints.</summary>
internal sealed record RequestsAnswer(string? State, IReadOnlyList<AcmeRequestStatus> Requests);

/// <summary>What <c>explain --json</c> prints.</summary>
/// <param name="Sentences">As a person is told.</param>
internal sealed record ExplainAnswer(string Label, IReadOnlyList<string> Sentences, AcmePlannedCertificate Plan, AcmeCertificateStatus? Status);

/// <summary>What <c>check --json</c> prints.</summary>
internal sealed record CheckAnswer(CheckOutcome Outcome, IReadOnlyList<CheckedCertificate> Certificates);

internal enum CheckOutcome
{
    Current,
    Due,
    Wrong,
}

internal sealed record CheckedCertificate(string Label, CheckOutcome Outcome, string Reason);

/// <summary>What verbs print that work on one certificate.</summary>
/// <param name="IsDone">It has what was asked for; else the status says why not.</param>
internal sealed record WorkAnswer(string Verb, string Label, bool IsDone, AcmeCertificateStatus Status);

/// <summary>What <c>want --json</c> and <c>unwant --json</c> print.</summary>
/// <param name="File">The file of <c>desired/</c>.</param>
/// <param name="IsChanged">It was written or removed; else it was so already.</param>
internal sealed record WishAnswer(string Label, string File, bool IsChanged);

/// <summary>What <c>renew --dry-run --json</c> prints.</summary>
internal sealed record DryRunAnswer(IReadOnlyList<AcmeDryRunResult> Certificates);
