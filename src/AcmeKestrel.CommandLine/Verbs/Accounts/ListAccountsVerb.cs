using System.CommandLine;
using Microsoft.Extensions.DependencyInjection;

namespace AcmeKestrel.CommandLine.Verbs.Accounts;

/// <summary><c>account list</c>: the accounts of this state.</summary>
internal sealed class ListAccountsVerb : Verb
{
    public override string Group => "account";

    public override bool IsLook => true;

    public override IReadOnlyList<string> Examples => ["account list"];

    public override Command Command => new("list", "Lists the accounts of this state. Asks no CA.");

    public override async Task<int> RunAsync(VerbRun run, CancellationToken cancellationToken)
    {
        var accounts = await run.App.Services.GetRequiredService<IAcmeAccounts>().ListAsync(cancellationToken).ConfigureAwait(false);
        if (run.Console.IsJson)
        {
            var answer = new AccountsAnswer(run.App.Services.GetRequiredService<IAcmeState>().Directory, [.. accounts.Select(account => new ShownAccount(account))]);
            await run.Console.JsonAsync(answer, ReadableJson.Answers.AccountsAnswer).ConfigureAwait(false);
            return AcmeExitCode.Done;
        }

        foreach (var account in accounts) await run.Console.LineAsync(AccountText.Line(account)).ConfigureAwait(false);
        if (accounts.Count == 0) await run.Console.LineAsync("There is no account yet: the first order registers one, or 'acme init <email>'.").ConfigureAwait(false);
        return AcmeExitCode.Done;
    }
}
