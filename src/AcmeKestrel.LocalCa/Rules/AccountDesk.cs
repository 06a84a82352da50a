namespace AcmeKestrel.LocalCa.Rules;

/// <summary>RFC 8555 section 7.3: who may ask.</summary>
internal sealed class AccountDesk(CaState state, LocalCaServerOptions options, RateLimits limits)
{
    private string Terms => options.TermsOfService ?? "";

    /// <param name="url">newAccount's URL as it was signed.</param>
    public (Account Account, bool Created) Register(PublicJwk key, JsonMembers payload, string url)
    {
        if (state.AccountByThumbprint.TryGetValue(key.Thumbprint, out var known)) return (Active(state.Accounts[known]), false);

        if (payload.Flag("onlyReturnExisting")) throw Missing("No account has this key.");
        if (!payload.Flag("termsOfServiceAgreed")) throw new RefusalException(TermsRefused());
        var contact = Contacts.Check(payload.Texts("contact") ?? []);
        var externalKeyId = BindExternally(key, payload, url);
        limits.SpendAccount();

        var account = new Account(CaState.NewId(), key, contact, Status.Valid) { AgreedTerms = Terms, ExternalAccountBinding = payload.Raw("externalAccountBinding") };
        state.Accounts.Add(account.Id, account);
        state.AccountByThumbprint.Add(key.Thumbprint, account.Id);
        if (externalKeyId is not null) state.SpentExternalAccounts.Add(externalKeyId);
        return (account, true);
    }

    public Account Find(string id) => Active(state.Accounts.GetValueOrDefault(id) ?? throw Missing("No such account."));

    /// <summary>The account of a request whose signature was verified, as it is by now: it may have ended or changed its key meanwhile, and the terms may have changed.</summary>
    public Account Current(Account signer)
    {
        var account = Find(signer.Id);
        if (account.Key.Thumbprint != signer.Key.Thumbprint) throw new RefusalException(Problem.Malformed("The account has another key by now."));
        if (account.AgreedTerms == Terms) return account;

        throw new RefusalException(new Problem("userActionRequired", 403, "The terms of service have changed and must be agreed to.")
        {
            TellsTerms = true,
            AgreementOf = account.Id,
        });
    }

    /// <summary>Section 7.3.3: agreeing to changed terms happens elsewhere than in ACME.</summary>
    public void Agree(string id) => state.Accounts[id] = Find(id) with { AgreedTerms = Terms };

    public bool HasAgreed(Account account) => account.AgreedTerms == Terms;

    /// <summary>Sections 7.3.2 and 7.3.6; other members are ignored.</summary>
    public Account Update(Account account, JsonMembers payload)
    {
        var changed = account with { Contact = payload.Texts("contact") is { } contact ? Contacts.Check(contact) : account.Contact };
        if (payload.OptionalText("status") is { } status)
        {
            if (status != "deactivated") throw new RefusalException(Problem.Malformed("An account's status can only become deactivated."));
            changed = changed with { Status = Status.Deactivated };
        }

        return state.Accounts[account.Id] = changed;
    }

    /// <summary>Section 7.3.5: the account stays, and so does everything that belongs to it.</summary>
    public Account ChangeKey(Account account, PublicJwk key)
    {
        if (state.AccountByThumbprint.TryGetValue(key.Thumbprint, out var owner))
            throw new RefusalException(new Problem("conflict", 409, "An account has this key already.") { ConflictingAccount = owner });

        state.AccountByThumbprint.Remove(account.Key.Thumbprint);
        state.AccountByThumbprint.Add(key.Thumbprint, account.Id);
        return state.Accounts[account.Id] = account with { Key = key };
    }

    public bool IsAccountKey(byte[] subjectPublicKeyInfo) => state.Accounts.Values.Any(account => account.Key.SubjectPublicKeyInfo.AsSpan().SequenceEqual(subjectPublicKeyInfo));

    /// <summary>The key id to be spent; null where the request has no binding and needs none.</summary>
    private string? BindExternally(PublicJwk key, JsonMembers payload, string url)
    {
        if (!payload.Has("externalAccountBinding"))
        {
            return options.ExternalAccountRequired
                ? throw new RefusalException(new Problem("externalAccountRequired", 403, "An account here needs an external account binding."))
                : null;
        }

        var keyId = ExternalAccountBinding.Check(payload.Object("externalAccountBinding"), url, key, options.ExternalAccounts);
        return state.SpentExternalAccounts.Contains(keyId) ? throw new RefusalException(Problem.Unauthorized("The external account is bound to another account.")) : keyId;
    }

    private Problem TermsRefused()
    {
        const string Detail = "The terms of service must be agreed to.";
        return options.TermsRefusal switch
        {
            LocalCaTermsRefusal.Malformed => Problem.Malformed(Detail),
            LocalCaTermsRefusal.AgreementRequired => new Problem("agreementRequired", 403, Detail) { TellsTerms = true },
            _ => new Problem("userActionRequired", 403, Detail) { TellsTerms = true },
        };
    }

    private static Account Active(Account account) =>
        account.Status == Status.Valid ? account : throw new RefusalException(Problem.Unauthorized("The account is deactivated."));

    private static RefusalException Missing(string detail) => new(new Problem("accountDoesNotExist", 400, detail));
}
