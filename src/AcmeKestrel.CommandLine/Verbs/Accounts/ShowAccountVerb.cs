using System.CommandLine;
using Microsoft.Extensions.DependencyInjection;

namespace AcmeKestrel.CommandLine.Verbs.Accounts;

/// <summary><c>account show</c>: what an account is, and the CAA line for it.</summary>
internal sealed class ShowAccountVerb : Verb
{
    private readonly Option<string?> _provider = new("--provider") { Description = "Accounts at this CA; without it, at all." };
    private readonly Option<string?> _email = new("--email") { Description = "Accounts of this mail address; without it, of all." };

    public override string Group => "account";

    public override bool IsLook => true;

    public override IReadOnlyList<string> Examples => ["account show", "account show --provider zerossl"];

    public override Command Command => new("show", "Shows accounts, each with the CAA line that lets it issue for a DNS zone, and nobody else. Asks the CA how such records call it.") { _provider, _email };

    public override async Task<int> RunAsync(VerbRun run, CancellationToken cancellationToken)
    {
        var (provider, email) = (run.Words.GetValue(_provider), run.Words.GetValue(_email));
        var accounts = run.App.Services.GetRequiredService<IAcmeAccounts>();
        var all = provider is null ? await accounts.ListAsync(cancellationToken).ConfigureAwait(false) : await AccountsAt.ListAsync(accounts, provider, cancellationToken).ConfigureAwait(false);
        var found = all.Where(account => email is null || (account.Email ?? "").Equals(email, StringComparison.OrdinalIgnoreCase)).ToList();
        if (found.Count == 0)
        {
            await run.Console.ErrorAsync("There is no such account. 'acme account list' lists what there is, and 'acme init <email>' registers one.").ConfigureAwait(false);
            return AcmeExitCode.Error;
        }

        var shown = new List<ShownAccount>();
        foreach (var account in found) shown.Add(await ShowAsync(accounts, account, cancellationToken).ConfigureAwait(false));
        if (run.Console.IsJson) await run.Console.JsonAsync(new AccountsAnswer(run.App.Services.GetRequiredService<IAcmeState>().Directory, shown), ReadableJson.Answers.AccountsAnswer).ConfigureAwait(false);
        else foreach (var line in shown.SelectMany(AccountText.Of)) await run.Console.LineAsync(line).ConfigureAwait(false);
        return AcmeExitCode.Done;
    }

    /// <summary>A CA that does not answer keeps nobody from seeing what is known here.</summary>
    internal static async Task<ShownAccount> ShowAsync(IAcmeAccounts accounts, AcmeAccountStatus account, CancellationToken cancellationToken)
    {
        if (account.IsClosed) return new ShownAccount(account, null, "the account is closed");
        if (account.Provider is null) return new ShownAccount(account, null, "the CA is not in the configuration");

        try
        {
            var directory = await accounts.ReadDirectoryAsync(account.Provider, cancellationToken).ConfigureAwait(false);
            var line = CaaLine.Of(directory.CaaIdentities, account.AccountUrl, out var problem);
            return new ShownAccount(account, line, problem);
        }
        catch (AcmeAccountException silent)
        {
            return new ShownAccount(account, null, silent.Message);
        }
    }
}
