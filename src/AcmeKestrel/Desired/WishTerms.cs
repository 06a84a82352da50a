using System.Diagnostics.CodeAnalysis;
using AcmeKestrel.Certificates;

namespace AcmeKestrel.Desired;

/// <summary>What an entry says beside its names, its label and its origin: a hundred thousand of one source mostly say the same, and share it.</summary>
/// <param name="Wording">Without those three.</param>
internal sealed record WishTerms(AcmeWishSource Source, Provider Provider, IReadOnlyList<string> Challenges, DesiredCertificate Wording)
{
    public static WishTerms Of(AcmeWishSource source, Provider provider, IReadOnlyList<string> challenges, DesiredCertificate wording) =>
        new(source, provider, challenges, wording with { Names = [], Origin = "", Label = null });

    /// <summary>The same in all that they say.</summary>
    public bool IsSameAs([NotNullWhen(true)] WishTerms? other) =>
        other is not null && Source == other.Source && Provider == other.Provider && Challenges.SequenceEqual(other.Challenges) && Wording.IsSameAs(other.Wording);
}
