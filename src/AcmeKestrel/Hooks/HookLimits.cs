using AcmeKestrel.Certificates;

namespace AcmeKestrel.Hooks;

/// <summary>What no hook exceeds.</summary>
internal static class HookLimits
{
    /// <summary>For one call.</summary>
    public static readonly TimeSpan Call = TimeSpan.FromMinutes(2);

    /// <summary>What is kept of what it says.</summary>
    public const int Words = 4096;

    private const int ShortWords = 300;

    public static string Short(string text) => PlainText.Of(text, ShortWords);
}
