using AcmeKestrel.Certificates;

namespace AcmeKestrel.Desired;

/// <summary>What is wished otherwise since the last time, and every entry or conflict that is left out now, each with its reason.</summary>
internal sealed record WishChanges(IReadOnlyList<WishChange> Labels, IReadOnlyList<DesiredProblem> Problems);
