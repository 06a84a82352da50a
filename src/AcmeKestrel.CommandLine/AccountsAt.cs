namespace AcmeKestrel.CommandLine;

/// <summary>The accounts at a CA, by any of the names that it has in the configuration, or by its directory's URL.</summary>
internal static class AccountsAt
{
    /// <exception cref="AcmeAccountException">There is no such provider.</exception>
    /// <exception cref="Storage.StoreUnavailableException">They cannot be read.</exception>
    public static async Task<IReadOnlyList<AcmeAccountStatus>> ListAsync(IAcmeAccounts accounts, string provider, CancellationToken cancellationToken)
    {
        var all = await accounts.ListAsync(cancellationToken).ConfigureAwait(false);
        if (all.Any(account => IsAt(account, provider))) return [.. all.Where(account => IsAt(account, provider))];

        // An account is told with one name of its CA; the library knows whether this is another one.
        var found = new List<AcmeAccountStatus>();
        foreach (var account in all)
        {
            if (await accounts.FindAsync(provider, account.Email ?? "", cancellationToken).ConfigureAwait(false) is { } known && (known.DirectoryUrl, known.Thumbprint) == (account.DirectoryUrl, account.Thumbprint)) found.Add(account);
        }

        return found;
    }

    private static bool IsAt(AcmeAccountStatus account, string provider) => provider.Equals(account.Provider, StringComparison.OrdinalIgnoreCase) || provider.Equals(account.DirectoryUrl, StringComparison.OrdinalIgnoreCase);
}
