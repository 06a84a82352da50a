using AcmeKestrel.Certificates;
using AcmeKestrel.Lifecycle.State;
using AcmeKestrel.Storage;

namespace AcmeKestrel.Lifecycle.Accounts;

/// <summary>What is left of an account's record, where a hand or a restored copy brought back only the key, or all but the key. A record with a damaged part is none of these: it is left for the operator.</summary>
internal static class AccountRemains
{
    /// <summary>The key alone: its account is found by it (RFC 8555 section 7.3.1).</summary>
    public static bool IsKeyAlone(StoreRecord stored) => stored.Error is null && Has(stored, AccountRecord.KeyPart) && !Has(stored, AccountRecord.FactsPart) && !Has(stored, AccountRecord.NextPart);

    /// <summary>Nobody can use the account any more; what could not be read now is not lost.</summary>
    public static bool IsKeyLost(StoreRecord stored) => !stored.IsUnread && !Has(stored, AccountRecord.KeyPart) && !Has(stored, AccountRecord.NextPart) && Has(stored, AccountRecord.FactsPart);

    /// <summary>The record that a key alone stands for. Its mail address is nowhere: it is the one of whoever looks for an account and has none.</summary>
    /// <exception cref="DamagedRecordException">It is no key.</exception>
    public static AccountRecord Rebuild(StoreRecord stored, string directoryUrl, string? email, DateTimeOffset now)
    {
        var bare = new AccountRecord(stored.Key, RecordCodec.Text(stored, AccountRecord.KeyPart), directoryUrl, new AccountFacts(email, null, null, [], now));
        using var key = bare.OpenKey();
        return bare with { Key = AccountRecord.KeyOf(directoryUrl, key) };
    }

    /// <summary>The account whose key is lost, as far as its record tells.</summary>
    public static AccountFacts? TryReadFacts(StoreRecord stored)
    {
        try
        {
            return RecordCodec.Json(stored with { Error = null }, AccountRecord.FactsPart, AccountsJson.Default.AccountFacts);
        }
        catch (DamagedRecordException)
        {
            return null;
        }
    }

    private static bool Has(StoreRecord stored, string part) => stored.Content.Find(part) is not null;
}
