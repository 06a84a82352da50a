namespace AcmeKestrel.LocalCa.Rules;

/// <summary>RFC 8555 section 7.3: who may ask.</summary>
internal sealed class AccountDesk(CaState state)
{
    public (Account Account, bool Created) Register(PublicJwk key, JsonMembers payload)
    {
        if (state.AccountByThumbprint.TryGetValue(key.Thumbprint, out var known)) return (Active(state.Accounts[known]), false);

        if (payload.Flag("onlyReturnExisting")) throw Missing("No account has this key.");
        if (!payload.Flag("termsOfServiceAgreed")) throw new RefusalException(new Problem("userActionRequired", 403, "The terms of service must be agreed to."));

        var account = new Account(CaState.NewId(), key, Contacts.Check(payload.Texts("contact") ?? []), Status.Valid);
        state.Accounts.Add(account.Id, account);
        state.AccountByThumbprint.Add(key.Thumbprint, account.Id);
        return (account, true);
    }

    public Account Find(string id) => Active(state.Accounts.GetValueOrDefault(id) ?? throw Missing("No such account."));

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

    public bool IsAccountKey(byte[] subjectPublicKeyInfo) => state.Accounts.Values.Any(account => account.Key.SubjectPublicKeyInfo.AsSpan().SequenceEqual(subjectPublicKeyInfo));

    private static Account Active(Account account) =>
        account.Status == Status.Valid ? account : throw new RefusalException(Problem.Unauthorized("The account is deactivated."));

    private static RefusalException Missing(string detail) => new(new Problem("accountDoesNotExist", 400, detail));
}
