using System.CommandLine;
using AcmeKestrel.Protocol;
using Microsoft.Extensions.DependencyInjection;

namespace AcmeKestrel.CommandLine.Verbs;

/// <summary><c>init email</c>: a new operator's first step: a state, and an account.</summary>
internal sealed class InitVerb : Verb
{
    private readonly Argument<string> _email = new("email") { Description = "The account's mail address." };
    private readonly Option<string?> _provider = new("--provider") { Description = "The CA by its name in the configuration; without it, Acme:Provider." };
    private readonly Option<bool> _accept = new("--accept-terms", "--yes", "-y") { Description = "Agrees to the CA's terms of service, and asks nothing." };

    public override IReadOnlyList<string> Examples => ["init ops@example.com", "init ops@example.com --provider zerossl --accept-terms"];

    public override Command Command => new("init", "Makes the state where there is none, and registers an account at the CA. Done once more, it shows what is there.") { _email, _provider, _accept };

    public override async Task<int> RunAsync(VerbRun run, CancellationToken cancellationToken)
    {
        var (email, provider, state) = (run.Words.GetRequiredValue(_email), run.Words.GetValue(_provider), run.App.Services.GetRequiredService<IAcmeState>());
        var here = run.App.Services.GetRequiredService<IAcmeAccounts>();
        var isKnown = await here.FindAsync(provider, email, cancellationToken).ConfigureAwait(false) is { AccountUrl: not null };
        var directory = await here.ReadDirectoryAsync(provider, cancellationToken).ConfigureAwait(false);
        var configured = ConfiguredAccount.Of(run.App);
        if (!isKnown && !configured.AcceptsTerms && await AgreeAsync(run, directory).ConfigureAwait(false) is { } refused) return refused;

        return await run.Workplace.WorkAsync(
            async (accounts, token) =>
            {
                var account = await accounts.RegisterAsync(acceptTermsOfService: true, provider, email, token).ConfigureAwait(false);
                var answer = new InitAnswer(
                    state.Directory, account, IsNew: !isKnown, directory.TermsOfService, CaaLine.Of(directory.CaaIdentities, account.AccountUrl, out var problem), Settings(configured, account, email, provider));
                if (run.Console.IsJson) await run.Console.JsonAsync(answer, ReadableJson.Answers.InitAnswer).ConfigureAwait(false);
                else await TellAsync(run.Console, answer, problem).ConfigureAwait(false);
                return AcmeExitCode.Done;
            },
            cancellationToken).ConfigureAwait(false);
    }

    /// <summary>RFC 8555 section 7.3: the client says that its user has agreed, so the user is asked.</summary>
    private async Task<int?> AgreeAsync(VerbRun run, AcmeDirectory directory)
    {
        if (directory.TermsOfService is not { } terms) return null;
        return await Consent.AskAsync(run, _accept, VerbConsole.OneLine($"The CA's terms of service are at {terms}; whoever registers an account agrees to them.")).ConfigureAwait(false);
    }

    /// <summary>What a server needs to be told so that its orders use this account.</summary>
    private static Dictionary<string, string> Settings(ConfiguredAccount configured, AcmeAccountStatus account, string email, string? provider)
    {
        var settings = new Dictionary<string, string>();
        if (!email.Equals(configured.Email, StringComparison.OrdinalIgnoreCase)) settings["Acme:Email"] = email;
        if (!configured.AcceptsTerms) settings["Acme:AcceptTermsOfService"] = "true";
        if (provider is not null && provider != configured.Provider && account.Provider is { } name) settings["Acme:Provider"] = name;
        return settings;
    }

    private static async Task TellAsync(VerbConsole console, InitAnswer answer, string? problem)
    {
        var account = answer.Account;
        if (answer.State is { } state) await console.LineAsync($"State: {state}").ConfigureAwait(false);
        await console.LineAsync($"CA: {account.Provider ?? account.DirectoryUrl} ({account.DirectoryUrl})").ConfigureAwait(false);
        await console.LineAsync($"Account: {account.AccountUrl} of {account.Email} ({(answer.IsNew ? "registered now" : "it was there already")})").ConfigureAwait(false);
        if (answer.TermsOfService is { } terms) await console.LineAsync($"Terms of service: {terms}").ConfigureAwait(false);
        await console.LineAsync(answer.Caa is { } line ? $"CAA: {line}" : $"CAA: none, since {problem}").ConfigureAwait(false);
        foreach (var (key, value) in answer.Settings) await console.LineAsync($"Set {key} to {value} in the configuration, so that a server agrees.").ConfigureAwait(false);
        await console.LineAsync("Next: 'acme want <name>' wishes a certificate, 'acme issue <name>' wishes it and waits for it, 'acme backup <file>' keeps all of it safe.").ConfigureAwait(false);
    }
}
