namespace AcmeKestrel.Configuration.Hooks;

/// <summary>What a hook may be called: a letter or a digit, then letters, digits, '.', '-' and '_'; neither hidden nor what an editor leaves behind.</summary>
internal static class HookName
{
    public const int Longest = 64;

    public static bool Is(string text) => text.Length is > 0 and <= Longest && char.IsAsciiLetterOrDigit(text[0]) && text.All(IsPlain);

    public static bool IsPlain(char character) => char.IsAsciiLetterOrDigit(character) || character is '.' or '-' or '_';
}
