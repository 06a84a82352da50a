namespace AcmeKestrel.CommandLine;

/// <summary>An account for a person. Pure.</summary>
internal static class AccountText
{
    /// <summary>One line.</summary>
    public static string Line(AcmeAccountStatus account) => $"{Name(account)}: {Standing(account)}";

    public static IEnumerable<string> Of(ShownAccount shown)
    {
        var account = shown.Account;
        yield return Line(account);
        yield return $"  CA: {account.DirectoryUrl}";
        yield return $"  Key: {account.Thumbprint}";
        if (shown.Caa is { } line) yield return $"  CAA: {line}";
        else if (shown.CaaProblem is { } problem) yield return $"  CAA: none, since {problem}";
    }

    public static string Name(AcmeAccountStatus account) => $"{account.Email ?? "no mail address"} at {account.Provider ?? account.DirectoryUrl}";

    private static string Standing(AcmeAccountStatus account) => account switch
    {
        { IsClosed: true, AccountUrl: { } url } => $"{url}, closed",
        { IsClosed: true } => "closed",
        { IsChanging: true, AccountUrl: { } url } => $"{url}, its key is being changed",
        { AccountUrl: { } url } => url,
        _ => "not registered yet",
    };
}
