using AcmeKestrel.CommandLine.Doctoring;

namespace AcmeKestrel.CommandLine;

/// <summary>What <c>doctor --json</c> prints.</summary>
/// <param name="Level">The worst of the findings.</param>
internal sealed record DoctorAnswer(FindingLevel Level, IReadOnlyList<Finding> Findings);
