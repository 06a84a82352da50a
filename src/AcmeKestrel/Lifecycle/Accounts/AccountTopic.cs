using AcmeKestrel.Certificates;
using AcmeKestrel.Lifecycle.State;
using AcmeKestrel.Storage;

namespace AcmeKestrel.Lifecycle.Accounts;

/// <summary>What an account's record is looked for by.</summary>
internal readonly record struct AccountTopic
{
    private readonly string _kind;
    private readonly string _value;

    private AccountTopic(string kind, string value = "") => (_kind, _value) = (kind, value);

    /// <summary>What every record is known by.</summary>
    public static AccountTopic Any { get; } = new("any");

    /// <summary>It may be anybody's: damaged, or put under this CA and of another directory.</summary>
    public static AccountTopic Unusable { get; } = new("unusable");

    /// <summary>A key without a record (<see cref="AccountRemains.IsKeyAlone"/>).</summary>
    public static AccountTopic KeyAlone { get; } = new("alone");

    /// <summary>The account's address, or one that it had before; null: the account without one.</summary>
    public static AccountTopic Mail(string? email) => new("mail", email?.ToLowerInvariant() ?? "");

    /// <summary>The account at the CA, or one that its key had before.</summary>
    public static AccountTopic Url(string url) => new("url", url);

    /// <summary>Where its directory is that of the CA that it lies under.</summary>
    public static IEnumerable<AccountTopic> Of(AccountRecord record) =>
        Addresses(record.Facts).Concat(record.Facts.PreviousUrls.Select(Url)).Concat(record.Facts.Url is { } url ? [Url(url)] : []);

    /// <param name="stored">A record under the provider's CA.</param>
    public static IReadOnlyList<AccountTopic> Of(StoreRecord stored, Provider provider)
    {
        if (AccountRemains.IsKeyAlone(stored)) return [KeyAlone];
        if (AccountRemains.IsKeyLost(stored)) return AccountRemains.TryReadFacts(stored) is { } facts ? [.. Addresses(facts)] : [];

        try
        {
            var record = AccountRecord.Read(stored);
            return record.DirectoryUrl == provider.DirectoryUrl ? [.. Of(record)] : [Unusable];
        }
        catch (Exception unusable) when (unusable is DamagedRecordException or StoreUnavailableException)
        {
            return [Unusable];
        }
    }

    private static IEnumerable<AccountTopic> Addresses(AccountFacts facts) => (facts.FormerEmails ?? []).Append(facts.Email).Select(Mail);
}
