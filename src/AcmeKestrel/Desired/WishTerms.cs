using System.Diagnostics.CodeAnalysis;
using AcmeKestrel.Certificates;

namespace AcmeKestrel.Desired;

/// <summary>What an entry says beside its names, its label and its origin: a hundred thousand of one source mostly say the same, and share it.</summary>
/// <param name="Wording">Without those three.</param>
/// <param name="Folder">What stands before the label where that ends the origin: it is not kept for each then.</param>
internal sealed record WishTerms(AcmeWishSource Source, Provider Provider, IReadOnlyList<string> Challenges, DesiredCertificate Wording, string? Folder)
{
    /// <summary>Providers that may be asked where <see cref="Provider"/> fails, in this order.</summary>
    public IReadOnlyList<string> Fallbacks { get; init; } = [];

    public static WishTerms Of(AcmeWishSource source, Provider provider, IReadOnlyList<string> challenges, DesiredCertificate wording) =>
        new(source, provider, challenges, wording with { Names = [], Origin = "", Label = null, Place = wording.Place?.Header },
            wording.Label is { } label && wording.Origin.EndsWith(label, StringComparison.Ordinal) ? wording.Origin[..^label.Length] : null);

    /// <summary>The same in all that they say.</summary>
    public bool IsSameAs([NotNullWhen(true)] WishTerms? other) =>
        other is not null && Source == other.Source && Provider == other.Provider && Challenges.SequenceEqual(other.Challenges) && Fallbacks.SequenceEqual(other.Fallbacks) && Folder == other.Folder
        && Wording.IsSameAs(other.Wording) && Wording.Place?.ToString() == other.Wording.Place?.ToString();
}
