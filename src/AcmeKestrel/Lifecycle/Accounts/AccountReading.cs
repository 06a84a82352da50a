using AcmeKestrel.Certificates;
using AcmeKestrel.Lifecycle.Planning;
using AcmeKestrel.Lifecycle.State;
using AcmeKestrel.Storage;

namespace AcmeKestrel.Lifecycle.Accounts;

/// <summary>What records mean together for the account of a provider and a mail address.</summary>
internal sealed class AccountReading(Provider provider, string? email)
{
    private readonly AccountName _account = AccountName.Of(provider, email);
    private readonly List<AccountRecord> _found = [];
    private readonly List<string> _lost = [];

    /// <summary>The account's record; null: there is none.</summary>
    public AccountRecord? Present => _found.Find(record => SuccessorOf(record, _found) is null);

    /// <summary>What a kill left of changes of its key, each with the record that has its place.</summary>
    public IEnumerable<(AccountRecord Old, AccountRecord Successor)> Succeeded
    {
        get
        {
            foreach (var record in _found)
            {
                if (SuccessorOf(record, _found) is { } successor) yield return (record, successor);
            }
        }
    }

    /// <summary>A key without a record, where the account has none.</summary>
    public StoreRecord? Alone { get; private set; }

    /// <summary>The account's URLs whose key is lost.</summary>
    public IReadOnlyList<string> Lost => _lost;

    /// <summary>The account that is another address's by now.</summary>
    public AccountRecord? Moved { get; private set; }

    /// <summary>A key is here that opens an account at the CA, or may: it lies there alone, or the CA was not asked for it to the end.</summary>
    public bool MayBeOpened => Alone is not null || _found.Any(record => record.Facts is { Url: not null } or { PreviousUrls: [] });

    /// <exception cref="DamagedRecordException">It cannot be used, and may be the one that is looked for: registering past it would make a second key.</exception>
    /// <exception cref="HeldException">As above: it is of another directory.</exception>
    public void Add(StoreRecord stored)
    {
        if (AccountRemains.IsKeyAlone(stored))
        {
            Alone ??= stored;
            return;
        }

        if (AccountRemains.IsKeyLost(stored))
        {
            if (AccountRemains.TryReadFacts(stored) is { Url: { } url } facts && new AccountName(provider.Ca, facts.Email) == _account) _lost.Add(url);
            return;
        }

        var record = AccountRecord.Read(stored);
        if (record.DirectoryUrl != provider.DirectoryUrl)
        {
            throw new HeldException(
                ObstacleKind.AccountUnusable, $"{record.Key} says provider '{record.DirectoryUrl}', but the directory of the provider {provider.Name} is '{provider.DirectoryUrl}'");
        }

        if (record.Account == _account) _found.Add(record);
        if (record.Facts.FormerEmails?.Contains(email ?? "", StringComparer.OrdinalIgnoreCase) is true) Moved ??= record;
    }

    /// <summary>The same account's record under its next key: it is written only after the CA had taken that key.</summary>
    public static AccountRecord? SuccessorOf(AccountRecord record, List<AccountRecord> records)
    {
        if (record.NextPrivateKeyPem is null) return null;

        var next = record.Changed().Key;
        return records.Find(other => other.Key == next && other.Facts.Url == record.Facts.Url);
    }
}
