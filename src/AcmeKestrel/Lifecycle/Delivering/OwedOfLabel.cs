using System.Text.Json.Serialization;

namespace AcmeKestrel.Lifecycle.Delivering;

/// <summary>What is owed of one label.</summary>
internal sealed record OwedOfLabel
{
    public static OwedOfLabel Nothing { get; } = new();

    public IReadOnlyList<OwedNotice> Notices { get => field ?? []; init; }

    /// <summary>The generation whose end was told of.</summary>
    public string? ToldOfEnd { get; init; }

    [JsonIgnore]
    public bool IsEmpty => Notices.Count == 0 && ToldOfEnd is null;
}
