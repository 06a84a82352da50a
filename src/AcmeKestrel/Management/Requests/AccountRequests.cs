using AcmeKestrel.Protocol;

namespace AcmeKestrel.Management.Requests;

/// <summary>The accounts of a state that another process has: their records are read here, what is to be done is asked of that process.</summary>
internal sealed class AccountRequests(AccountLook look, RequestBook book) : IAcmeAccounts
{
    public Task<IReadOnlyList<AcmeAccountStatus>> ListAsync(CancellationToken cancellationToken = default) => look.ListAsync(cancellationToken);

    public Task<AcmeAccountStatus?> FindAsync(string? provider = null, string? email = null, CancellationToken cancellationToken = default) => look.FindAsync(provider, email, cancellationToken);

    public Task<AcmeDirectory> ReadDirectoryAsync(string? provider = null, CancellationToken cancellationToken = default) => look.ReadDirectoryAsync(provider, cancellationToken);

    public Task<AcmeAccountStatus> ExportAsync(string path, string? provider = null, string? email = null, CancellationToken cancellationToken = default) => look.ExportAsync(path, provider, email, cancellationToken);

    public Task<AcmeAccountStatus> RegisterAsync(bool acceptTermsOfService = false, string? provider = null, string? email = null, CancellationToken cancellationToken = default) =>
        AskAsync(book.Word(RequestVerb.RegisterAccount) with { Provider = provider, Email = email, AcceptsTerms = acceptTermsOfService }, cancellationToken);

    public Task<AcmeAccountStatus> RecoverAsync(string? key = null, string? provider = null, string? email = null, CancellationToken cancellationToken = default)
    {
        // What is no key is not put down anywhere.
        if (key is not null) AccountLook.Read(key).Key.Dispose();
        return AskAsync(book.Word(RequestVerb.RecoverAccount) with { Provider = provider, Email = email, Key = key }, cancellationToken);
    }

    public Task<AcmeAccountStatus> ChangeEmailAsync(string newEmail, string? provider = null, string? email = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(newEmail);
        return AskAsync(book.Word(RequestVerb.ChangeAccountEmail) with { Provider = provider, Email = email, NewEmail = newEmail }, cancellationToken);
    }

    public Task<AcmeAccountStatus> ChangeKeyAsync(string? provider = null, string? email = null, CancellationToken cancellationToken = default) =>
        AskAsync(book.Word(RequestVerb.ChangeAccountKey) with { Provider = provider, Email = email }, cancellationToken);

    public Task<AcmeAccountStatus> DeactivateAsync(string? provider = null, string? email = null, CancellationToken cancellationToken = default) =>
        AskAsync(book.Word(RequestVerb.DeactivateAccount) with { Provider = provider, Email = email }, cancellationToken);

    private async Task<AcmeAccountStatus> AskAsync(StoredRequest request, CancellationToken cancellationToken) => (await book.AskAsync(request, cancellationToken).ConfigureAwait(false)).Account!;
}
