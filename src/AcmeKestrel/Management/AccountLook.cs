using System.Text;
using AcmeKestrel.Certificates;
using AcmeKestrel.Configuration;
using AcmeKestrel.Lifecycle.Accounts;
using AcmeKestrel.Lifecycle.Planning;
using AcmeKestrel.Lifecycle.Providers;
using AcmeKestrel.Protocol;
using AcmeKestrel.Storage;

namespace AcmeKestrel.Management;

/// <summary>What any process can see of the accounts of a state, whoever has that.</summary>
internal sealed class AccountLook(AccountRecords records, ProviderClients clients, IAcmeSettings settings)
{
    public async Task<IReadOnlyList<AcmeAccountStatus>> ListAsync(CancellationToken cancellationToken) =>
        [.. (await records.ListAsync(cancellationToken).ConfigureAwait(false)).Select(StatusOf)];

    public async Task<AcmeAccountStatus?> FindAsync(string? providerName, string? email, CancellationToken cancellationToken) =>
        await FindRecordAsync(ProviderOf(providerName), MailOf(email), cancellationToken).ConfigureAwait(false) is { } record ? StatusOf(record) : null;

    public async Task<AcmeDirectory> ReadDirectoryAsync(string? providerName, CancellationToken cancellationToken)
    {
        var provider = ProviderOf(providerName);
        using var use = clients.Use();
        try
        {
            return await clients.Get(provider).GetDirectoryAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (Exception failed) when (failed is AcmeException or HeldException)
        {
            throw new AcmeAccountException(failed.Message, failed);
        }
    }

    /// <summary>The key goes into a file that nobody else can read, and that was not there before.</summary>
    public async Task<AcmeAccountStatus> ExportAsync(string path, string? providerName, string? email, CancellationToken cancellationToken)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        var (provider, mail) = (ProviderOf(providerName), MailOf(email));
        var record = await FindRecordAsync(provider, mail, cancellationToken).ConfigureAwait(false) ?? throw new AcmeAccountException($"There is no account at {provider.Name} {AccountOpening.For(mail)}.");
        if (record.NextPrivateKeyPem is not null) throw new AcmeAccountException($"A change of the key of {record.Facts.Url} may still be carried out, and which of both counts is not known yet; ask again in an hour.");

        try
        {
            await PrivateFile.CreateAsync(path, Encoding.UTF8.GetBytes(AccountFile.Write(record)), cancellationToken).ConfigureAwait(false);
        }
        catch (Exception refused) when (refused is IOException or UnauthorizedAccessException)
        {
            throw new StoreUnavailableException($"'{path}' cannot be written: {refused.Message}", refused);
        }

        return StatusOf(record);
    }

    /// <summary>An account's file, or a bare key.</summary>
    public static AccountFile Read(string text)
    {
        try
        {
            return AccountFile.Read(text);
        }
        catch (FormatException none)
        {
            throw new AcmeAccountException(none.Message, none);
        }
    }

    public Provider ProviderOf(string? name)
    {
        var current = settings.Current;
        return current.Providers.TryGetValue(name ?? current.DefaultProvider, out var provider) ? provider : throw new AcmeAccountException($"There is no provider '{name ?? current.DefaultProvider}'.");
    }

    public Provider ProviderAt(string directoryUrl) => settings.Current.Providers.Values.FirstOrDefault(provider => provider.DirectoryUrl == directoryUrl)
        ?? throw new AcmeAccountException($"It is an account at {PlainText.Of(directoryUrl, 300)}, and no provider has that directory: set Acme:Providers:<name>:Directory, or give the provider.");

    /// <summary>By its directory's URL, or by its host alone; null: none, or several of different CAs.</summary>
    public Provider? FindProvider(string directory)
    {
        var current = settings.Current;
        var found = current.Providers.Values.Where(provider => provider.DirectoryUrl == directory).ToList();
        if (found.Count == 0) found = [.. current.Providers.Values.Where(provider => HostOf(provider).Equals(directory.Replace('_', ':'), StringComparison.OrdinalIgnoreCase))];
        if (found.DistinctBy(provider => provider.Ca).Count() > 1) return null;

        return found.Find(provider => provider.Name == current.DefaultProvider) ?? found.FirstOrDefault();

        static string HostOf(Provider provider) => new Uri(provider.DirectoryUrl).Authority;
    }

    /// <summary>Null: the account without one.</summary>
    public string? MailOf(string? email)
    {
        var mail = email ?? settings.Current.Defaults.Email;
        if (mail is null or "") return null;
        return MailAddress.IsOne(mail) ? mail : throw new AcmeAccountException($"'{PlainText.Of(mail, 300)}' is no mail address.");
    }

    private async Task<AccountRecord?> FindRecordAsync(Provider provider, string? mail, CancellationToken cancellationToken) =>
        (await records.ListAsync(cancellationToken).ConfigureAwait(false)).FirstOrDefault(record => record.Account == AccountName.Of(provider, mail));

    public AcmeAccountStatus StatusOf(AccountRecord record) => new()
    {
        Provider = FindProvider(record.DirectoryUrl)?.Name,
        DirectoryUrl = record.DirectoryUrl,
        Email = record.Facts.Email,
        AccountUrl = record.Facts.Url,
        Thumbprint = record.Thumbprint,
        IsClosed = record.Facts.ClosedAt is not null,
        IsChanging = record.NextPrivateKeyPem is not null,
    };
}
