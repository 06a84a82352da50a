using AcmeKestrel.Configuration.Hooks;

namespace AcmeKestrel.Hooks;

/// <summary>What a hook is called: where it comes from and its name there.</summary>
internal static class HookNames
{
    public const string Program = "program";
    public const string Folder = "folder";
    public const string Webhook = "webhook";
    public const string Code = "code";

    public static string Of(string kind, string name) => $"{kind}.{name}";

    public static string KindOf(string id) => id[..id.IndexOf('.', StringComparison.Ordinal)];

    /// <summary>What a class is called may have other characters in it.</summary>
    public static string Plain(string text) =>
        HookName.Is(text) ? text : string.Concat("hook-", string.Concat(text.Select(character => HookName.IsPlain(character) ? character : '-')).AsSpan(0, Math.Min(text.Length, HookName.Longest - 5)));
}
