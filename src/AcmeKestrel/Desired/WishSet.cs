using AcmeKestrel.Certificates;

namespace AcmeKestrel.Desired;

/// <summary>All wishes after merging the sources, and every entry or conflict that was left out, each with its reason.</summary>
internal sealed record WishSet(IReadOnlyList<Wish> Wishes, IReadOnlyList<DesiredProblem> Problems);
