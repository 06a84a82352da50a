namespace AcmeKestrel.CommandLine.Doctoring;

/// <summary>The account's settings, and each wished CA: whether its directory answers, and what it says of the time.</summary>
internal sealed class CaLook(IAcmeAccounts accounts, ConfiguredAccount configured, TimeProvider time)
{
    private static readonly TimeSpan Tolerable = TimeSpan.FromMinutes(2);

    /// <param name="providers">Their names.</param>
    /// <param name="asks">Their directories are asked.</param>
    public async Task<IReadOnlyList<Finding>> LookAsync(IReadOnlyList<string> providers, bool asks, CancellationToken cancellationToken)
    {
        var findings = new List<Finding>();
        foreach (var provider in providers)
        {
            findings.Add(await AccountAsync(provider, cancellationToken).ConfigureAwait(false));
            if (asks) findings.AddRange(await AskAsync(provider, cancellationToken).ConfigureAwait(false));
        }

        if (configured.Email is null) findings.Add(new Finding("account", FindingLevel.Warning, "Acme:Email is not set", "Some CAs want an address; most send nothing to it."));
        return findings;
    }

    /// <summary>Accounts that cannot be read are a finding, and the others count all the same.</summary>
    private async Task<Finding> AccountAsync(string provider, CancellationToken cancellationToken)
    {
        try
        {
            return Account(provider, [.. await AccountsAt.ListAsync(accounts, provider, cancellationToken).ConfigureAwait(false)]);
        }
        catch (Exception unreadable) when (unreadable is Storage.StoreUnavailableException or AcmeAccountException)
        {
            return new Finding("account", FindingLevel.Wrong, $"whether there is one at {provider} cannot be seen: {VerbConsole.OneLine(unreadable.Message)}", "Mend what keeps the state from being read.");
        }
    }

    private Finding Account(string provider, List<AcmeAccountStatus> known)
    {
        if (known.Exists(account => account is { IsClosed: false, AccountUrl: not null })) return Finding.Ok("account", $"there is one at {provider}");
        if (known.Exists(account => account.IsClosed)) return new Finding("account", FindingLevel.Wrong, $"the one at {provider} is closed", "'acme account show' tells more; another mail address makes another account.");
        return configured.AcceptsTerms
            ? Finding.Ok("account", $"there is none at {provider} yet; the first order makes one")
            : new Finding("account", FindingLevel.Wrong, $"there is none at {provider}, and Acme:AcceptTermsOfService is not true", "Call 'acme init <email>', or set it, if you agree to the CA's terms.");
    }

    private async Task<IReadOnlyList<Finding>> AskAsync(string provider, CancellationToken cancellationToken)
    {
        try
        {
            var directory = await accounts.ReadDirectoryAsync(provider, cancellationToken).ConfigureAwait(false);
            return Clock(provider, directory.AnsweredAt, time.GetUtcNow()) is { } clock ? [Finding.Ok("CA", $"{provider}'s directory answers"), clock] : [Finding.Ok("CA", $"{provider}'s directory answers")];
        }
        catch (AcmeAccountException failed)
        {
            return [new Finding("CA", FindingLevel.Wrong, $"{provider}: {VerbConsole.OneLine(failed.Message)}", Advice(provider))];
        }
    }

    /// <summary>A URL, whose colons divide keys, is set as what it is, and its roots under a name. Pure.</summary>
    internal static string Advice(string provider) => provider.Contains(':', StringComparison.Ordinal)
        ? $"Look at the network, at that URL, and at Acme:Providers:<name>:TrustedRootsFile (with Acme:Providers:<name>:Directory = {provider}) where the CA is a private one."
        : $"Look at the network, at Acme:Providers:{provider}:Directory, and at TrustedRootsFile where the CA is a private one.";

    /// <summary>RFC 9110 section 6.6.1; null: the CA does not say. Pure.</summary>
    internal static Finding? Clock(string provider, DateTimeOffset? answeredAt, DateTimeOffset now)
    {
        if (answeredAt is not { } theirs) return null;

        var off = now - theirs;
        return off.Duration() <= Tolerable
            ? Finding.Ok("clock", $"it is as {provider}'s, within two minutes")
            : new Finding("clock", FindingLevel.Wrong, $"it is {off.Duration():d\\.hh\\:mm\\:ss} {(off > TimeSpan.Zero ? "ahead of" : "behind")} {provider}'s", "Set it by NTP: certificates would be taken for expired, or not valid yet, and renewed at the wrong time.");
    }
}
