using Microsoft.Extensions.Primitives;

namespace AcmeKestrel.Desired;

/// <summary>What a source said when it was asked: its list, what changed in it, or why it cannot say.</summary>
internal sealed record SourceAnswer
{
    public DesiredCertificates? List { get; init; }

    public DesiredChanges? Changes { get; init; }

    public string? Failure { get; init; }

    /// <summary>Fires when it may say something else; null: it cannot say that.</summary>
    public IChangeToken? Token { get; init; }

    /// <summary>Sources are written by users: nothing is there that a wish cannot be without.</summary>
    public bool IsComplete => Changes is null ? IsWhole(List) : Changes is { Entries: not null, Position: not null } && Changes.Entries.Values.All(IsWhole);

    private static bool IsWhole(DesiredCertificates? said) => said is { Certificates: not null, Problems: not null } && said.Certificates.All(IsWhole) && AreThere(said.Problems);

    private static bool IsWhole(DesiredCertificate? wished) => wished is { Names: not null, Origin: not null } && AreThere(wished.Names) && AreThere(wished.Challenges) && AreThere(wished.FallbackProviders);

    private static bool AreThere(IEnumerable<object>? said) => said is null || said.All(item => item is not null);
}
