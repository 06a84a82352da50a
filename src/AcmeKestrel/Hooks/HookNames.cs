namespace AcmeKestrel.Hooks;

/// <summary>What a hook is called: where it comes from and its name there.</summary>
internal static class HookNames
{
    public const string Program = "program";
    public const string Folder = "folder";
    public const string Webhook = "webhook";
    public const string Code = "code";
    private const int Longest = 64;

    public static string Of(string kind, string name) => $"{kind}.{name}";

    public static string KindOf(string id) => id[..id.IndexOf('.', StringComparison.Ordinal)];

    /// <summary>A letter or a digit, then letters, digits, '.', '-' and '_': neither hidden nor what an editor leaves behind.</summary>
    public static bool IsName(string text) => text.Length is > 0 and <= Longest && char.IsAsciiLetterOrDigit(text[0]) && text.All(IsPlain);

    /// <summary>What a class is called may have other characters in it.</summary>
    public static string Plain(string text) =>
        IsName(text) ? text : string.Concat("hook-", string.Concat(text.Select(character => IsPlain(character) ? character : '-')).AsSpan(0, Math.Min(text.Length, Longest - 5)));

    private static bool IsPlain(char character) => char.IsAsciiLetterOrDigit(character) || character is '.' or '-' or '_';
}
