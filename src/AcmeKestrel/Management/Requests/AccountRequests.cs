namespace AcmeKestrel.Management.Requests;

/// <summary>What is to be done with accounts, asked of the process that has the state. As in <see cref="IAcmeAccounts"/>.</summary>
internal sealed class AccountRequests(RequestBook book)
{
    public Task<AcmeAccountStatus> RegisterAsync(bool acceptsTerms, string? provider, string? email, CancellationToken cancellationToken) =>
        AskAsync(book.Word(RequestVerb.RegisterAccount) with { Provider = provider, Email = email, AcceptsTerms = acceptsTerms }, cancellationToken);

    public Task<AcmeAccountStatus> RecoverAsync(string? key, string? provider, string? email, CancellationToken cancellationToken)
    {
        // What is no key is not put down anywhere.
        if (key is not null) AccountLook.Read(key).Key.Dispose();
        return AskAsync(book.Word(RequestVerb.RecoverAccount) with { Provider = provider, Email = email, Key = key }, cancellationToken);
    }

    public Task<AcmeAccountStatus> ChangeEmailAsync(string next, string? provider, string? email, CancellationToken cancellationToken) =>
        AskAsync(book.Word(RequestVerb.ChangeAccountEmail) with { Provider = provider, Email = email, NewEmail = next }, cancellationToken);

    public Task<AcmeAccountStatus> ChangeKeyAsync(string? provider, string? email, CancellationToken cancellationToken) =>
        AskAsync(book.Word(RequestVerb.ChangeAccountKey) with { Provider = provider, Email = email }, cancellationToken);

    public Task<AcmeAccountStatus> DeactivateAsync(string? provider, string? email, CancellationToken cancellationToken) =>
        AskAsync(book.Word(RequestVerb.DeactivateAccount) with { Provider = provider, Email = email }, cancellationToken);

    private async Task<AcmeAccountStatus> AskAsync(StoredRequest request, CancellationToken cancellationToken) => (await book.AskAsync(request, cancellationToken).ConfigureAwait(false)).Account!;
}
