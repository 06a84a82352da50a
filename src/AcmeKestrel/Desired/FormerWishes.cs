namespace AcmeKestrel.Desired;

/// <summary>What stays of the wishes that an entry made before, where it says nothing of them now that can be used: whoever makes a mistake in a file takes nothing away by it.</summary>
internal sealed record FormerWishes
{
    /// <summary>What is worded anew and cannot be used so, as it was worded before.</summary>
    public static FormerWishes Reworded { get; } = new();

    /// <summary>All of them but those that are worded anew: nobody can read what else there is.</summary>
    public static FormerWishes All { get; } = new() { AreAllMeant = true };

    public bool AreAllMeant { get; init; }

    /// <summary>Besides those that are worded anew.</summary>
    public IReadOnlyCollection<string> Labels { get; init; } = [];
}
