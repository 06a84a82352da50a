using System.CommandLine;

namespace AcmeKestrel.CommandLine.Verbs.Accounts;

/// <summary>A verb on one account, which provider and mail address name.</summary>
internal abstract class AccountVerb : Verb
{
    public sealed override string Group => "account";

    protected Option<string?> Provider { get; } = new("--provider") { Description = "The CA by its name in the configuration; without it, Acme:Provider." };

    protected Option<string?> Email { get; } = new("--email") { Description = "The account's mail address, \"\" for the one without; without it, Acme:Email." };

    /// <param name="remarks">What follows from it.</param>
    protected static async Task TellAsync(VerbRun run, AcmeAccountStatus account, string done, string? file = null, params IReadOnlyList<string> remarks)
    {
        if (run.Console.IsJson)
        {
            await run.Console.JsonAsync(new AccountAnswer(run.Words.CommandResult.Command.Name, account, file, remarks), ReadableJson.Answers.AccountAnswer).ConfigureAwait(false);
            return;
        }

        await run.Console.LineAsync($"{AccountText.Name(account)}: {done}").ConfigureAwait(false);
        foreach (var remark in remarks) await run.Console.LineAsync(remark).ConfigureAwait(false);
    }

    /// <summary>As somebody says which one it is to be.</summary>
    protected string Asked(VerbRun run) =>
        (run.Words.GetValue(Provider), run.Words.GetValue(Email)) switch
        {
            (null, null) => "The configured account",
            (null, var email) => $"The account of {NameOf(email!)}",
            (var provider, null) => $"The configured account at {provider}",
            var (provider, email) => $"The account of {NameOf(email)} at {provider}",
        };

    private static string NameOf(string email) => email.Length == 0 ? "no mail address" : email;
}
