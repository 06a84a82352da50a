using AcmeKestrel.Configuration.Collections;

namespace AcmeKestrel.Configuration.Hooks;

/// <summary>The events by the words that programs are told.</summary>
internal static class HookEvents
{
    private static readonly string[] Words = ["renewing", "issued", "live-updated", "failed", "expiring", "revoked"];

    public static SettingList<AcmeHookEvent> All { get; } = [.. Enum.GetValues<AcmeHookEvent>()];

    public static string WordOf(AcmeHookEvent happened) => Words[(int)happened];

    public static IEnumerable<string> AllWords => Words;

    /// <summary>In any case; null: there is none.</summary>
    public static AcmeHookEvent? Find(string said) => Array.FindIndex(Words, word => word.Equals(said, StringComparison.OrdinalIgnoreCase)) is >= 0 and var at ? (AcmeHookEvent)at : null;
}
