namespace AcmeKestrel.Management.Requests;

/// <summary>What is to be done with accounts, asked of the process that has the state. As in <see cref="IAcmeAccounts"/>.</summary>
internal sealed class AccountRequests(RequestBook book)
{
    public async Task<AcmeAccountStatus> ChangeKeyAsync(string? provider, string? email, CancellationToken cancellationToken) =>
        (await AskAsync(RequestVerb.ChangeAccountKey, provider, email, cancellationToken).ConfigureAwait(false)).Account!;

    public Task DeactivateAsync(string? provider, string? email, CancellationToken cancellationToken) => AskAsync(RequestVerb.DeactivateAccount, provider, email, cancellationToken);

    private Task<RequestOutcome> AskAsync(RequestVerb verb, string? provider, string? email, CancellationToken cancellationToken) =>
        book.AskAsync(book.Word(verb) with { Provider = provider, Email = email }, cancellationToken);
}
