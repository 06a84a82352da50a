using AcmeKestrel.Protocol;

namespace AcmeKestrel.CommandLine.Importing;

/// <summary>
/// Takes over what another client's folder holds. Accounts first, so that no wish registers another one; then each certificate, and only then its wish: a server that runs would order what it does not have.
/// </summary>
internal sealed class Takeover(IAcmeState state, Installation found)
{
    public async Task<(IReadOnlyList<AccountImport> Accounts, IReadOnlyList<CertificateImport> Certificates)> DoAsync(IAcmeCertificates certificates, IAcmeAccounts accounts, CancellationToken cancellationToken)
    {
        var taken = new List<AccountImport>();
        foreach (var account in found.Accounts) taken.Add(await TakeAsync(account, accounts, cancellationToken).ConfigureAwait(false));

        var imports = new List<CertificateImport>();
        string? away = null;
        foreach (var certificate in found.Certificates)
        {
            try
            {
                imports.Add(away is null ? await TakeAsync(certificate, certificates, taken, cancellationToken).ConfigureAwait(false) : Refused(certificate, away));
            }
            catch (Storage.StoreUnavailableException nobody)
            {
                // It is waited for once, and not for each of a hundred.
                imports.Add(Refused(certificate, away = nobody.Message));
            }
        }

        return (taken, imports);
    }

    /// <summary>What would be done; no CA is asked.</summary>
    public async Task<(IReadOnlyList<AccountImport> Accounts, IReadOnlyList<CertificateImport> Certificates)> PlanAsync(IAcmeAccounts accounts, CancellationToken cancellationToken)
    {
        var here = await accounts.ListAsync(cancellationToken).ConfigureAwait(false);
        var taken = found.Accounts.Select(account => Look(account, here)).ToList();
        var known = found.Certificates.Select(certificate => (Certificate: certificate, Provider: state.FindProvider(certificate.Directory))).ToList();
        var results = new Queue<AcmeImportResult>(await state.PlanImportsAsync([.. known.Where(one => one.Provider is not null).Select(one => Ask(one.Certificate, one.Provider!, taken))], cancellationToken).ConfigureAwait(false));
        return (taken, [.. known.Select(one => one.Provider is null ? Unknown(one.Certificate) : Tell(one.Certificate, results.Dequeue(), wish => state.Directory is { } root ? Path.Combine(root, "desired", wish.Label!) : $"desired/{wish.Label}"))]);
    }

    /// <summary>What keeps one from being taken over, or from being wished, keeps no other one.</summary>
    private async Task<CertificateImport> TakeAsync(FoundCertificate certificate, IAcmeCertificates certificates, IReadOnlyList<AccountImport> accounts, CancellationToken cancellationToken)
    {
        if (state.FindProvider(certificate.Directory) is not { } provider) return Unknown(certificate);

        AcmeImportResult result;
        try
        {
            result = await certificates.ImportAsync(Ask(certificate, provider, accounts), cancellationToken).ConfigureAwait(false);
        }
        catch (ArgumentException refused)
        {
            return Refused(certificate, refused.Message);
        }

        try
        {
            return Tell(certificate, result, wish => state.Want(wish).Path);
        }
        catch (Exception unwished) when (unwished is Storage.StoreUnavailableException or ArgumentException)
        {
            return Tell(certificate, result, _ => null) with { Reason = $"nobody wishes it, so it is not renewed: {unwished.Message}" };
        }
    }

    private static CertificateImport Refused(FoundCertificate certificate, string reason) => new(certificate.Path, certificate.Label, AcmeImportOutcome.Refused, [], Reason: reason);

    private async Task<AccountImport> TakeAsync(FoundAccount account, IAcmeAccounts accounts, CancellationToken cancellationToken)
    {
        var look = Look(account, await accounts.ListAsync(cancellationToken).ConfigureAwait(false));
        if (look.Outcome is not AcmeImportOutcome.Imported) return look;

        try
        {
            var taken = await accounts.RecoverAsync(account.Key, look.Provider, account.Email, cancellationToken).ConfigureAwait(false);
            return look with { Email = taken.Email, AccountUrl = taken.AccountUrl };
        }
        catch (AcmeAccountException refused)
        {
            return look with { Outcome = AcmeImportOutcome.Refused, Reason = refused.Message };
        }
    }

    private AccountImport Look(FoundAccount account, IReadOnlyList<AcmeAccountStatus> here)
    {
        var look = new AccountImport(account.Path, account.Directory, account.Email, state.FindProvider(account.Directory), AcmeImportOutcome.Imported);
        if (look.Provider is null) return look with { Outcome = AcmeImportOutcome.Refused, Reason = NoProvider(account.Directory) };

        try
        {
            using var key = account.Key.AsSpan().TrimStart() is ['{', ..] ? AcmeAccountKey.FromJwk(account.Key) : AcmeAccountKey.FromPem(account.Key);
            return here.FirstOrDefault(known => known.Thumbprint == key.Thumbprint && state.FindProvider(known.DirectoryUrl) == look.Provider) is { } present
                ? look with { Outcome = AcmeImportOutcome.Present, Email = present.Email, AccountUrl = present.AccountUrl, Reason = "it is here already" }
                : look;
        }
        catch (FormatException wrong)
        {
            return look with { Outcome = AcmeImportOutcome.Refused, Reason = wrong.Message };
        }
    }

    private static AcmeCertificateImport Ask(FoundCertificate certificate, string provider, IReadOnlyList<AccountImport> accounts)
    {
        var account = accounts.FirstOrDefault(known => known.Path == certificate.Account && known.Outcome is not AcmeImportOutcome.Refused);
        return new AcmeCertificateImport(certificate.Label, certificate.Chain, certificate.Key) { Provider = provider, Email = account?.Email, AccountUrl = account?.AccountUrl };
    }

    /// <param name="wish">Wishes it; says where.</param>
    private static CertificateImport Tell(FoundCertificate certificate, AcmeImportResult result, Func<AcmeCertificateRequest, string?> wish) =>
        new(certificate.Path, result.Label, result.Outcome, result.Names, result.NotAfter, result.WishedBy ?? (result.Wish is { } missing ? wish(missing) : null), result.Reason);

    private static CertificateImport Unknown(FoundCertificate certificate) => new(certificate.Path, certificate.Label, AcmeImportOutcome.Refused, [], Reason: NoProvider(certificate.Directory));

    private static string NoProvider(string directory) => VerbConsole.OneLine($"no provider, or more than one, has the directory '{directory}': set Acme:Providers:<name>:Directory");
}
