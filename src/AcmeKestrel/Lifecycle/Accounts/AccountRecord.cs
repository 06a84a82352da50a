using AcmeKestrel.Certificates;
using AcmeKestrel.Lifecycle.State;
using AcmeKestrel.Protocol;
using AcmeKestrel.Storage;

namespace AcmeKestrel.Lifecycle.Accounts;

/// <summary>An account as it is kept: parts <c>privkey</c>, <c>provider</c> and <c>account.json</c>. Its name ends with its key's thumbprint.</summary>
internal sealed record AccountRecord(RecordKey Key, string PrivateKeyPem, string DirectoryUrl, AccountFacts Facts)
{
    public const string KeyPart = "privkey";

    public const string FactsPart = "account.json";

    public const string NextPart = "privkey.next";

    /// <summary>Part <c>privkey.next</c>: a key that the CA was, or may have been, told to take for this account. Null while no change is open.</summary>
    public string? NextPrivateKeyPem { get; init; }

    public AccountName Account => new(new CaKey(DirectoryUrl), Facts.Email);

    public string Thumbprint => Key.Name[(Key.Name.LastIndexOf('/') + 1)..];

    public static AccountRecord Create(string directoryUrl, string? email, AcmeAccountKey key, DateTimeOffset now) =>
        new(KeyOf(directoryUrl, key), key.ToPem(), directoryUrl, new AccountFacts(email, null, null, [], now));

    /// <exception cref="DamagedRecordException">It cannot be used.</exception>
    public static AccountRecord Read(StoreRecord record) => RecordCodec.Decode(record.Key, () => new AccountRecord(
        record.Key,
        RecordCodec.Text(record, KeyPart),
        RecordCodec.Text(record, "provider").Trim(),
        RecordCodec.Json(record, FactsPart, AccountsJson.Default.AccountFacts))
    {
        NextPrivateKeyPem = record.Content.Find(NextPart) is null ? null : RecordCodec.Text(record, NextPart),
    });

    public RecordContent Write()
    {
        var parts = new List<RecordPart>
        {
            RecordCodec.Text(KeyPart, PrivateKeyPem, secret: true),
            RecordCodec.Text("provider", DirectoryUrl + "\n"),
            RecordCodec.Json(FactsPart, Facts, AccountsJson.Default.AccountFacts),
        };
        if (NextPrivateKeyPem is { } next) parts.Add(RecordCodec.Text(NextPart, next, secret: true));
        return new RecordContent(parts);
    }

    /// <summary>The record after its change: the next key is the key, and gives it another name.</summary>
    public AccountRecord Changed() => NextPrivateKeyPem is { } next
        ? this with { Key = KeyOf(DirectoryUrl, OpenNextKey()), PrivateKeyPem = next, NextPrivateKeyPem = null }
        : throw new InvalidOperationException($"{Key} has no next key.");

    /// <exception cref="DamagedRecordException">The key is damaged.</exception>
    public AcmeAccountKey OpenKey() => Open(KeyPart, PrivateKeyPem);

    /// <exception cref="DamagedRecordException">The next key is damaged.</exception>
    public AcmeAccountKey OpenNextKey() => Open(NextPart, NextPrivateKeyPem ?? "");

    /// <summary>The record's name.</summary>
    public static RecordKey KeyOf(string directoryUrl, AcmeAccountKey key) => new(RecordKind.Account, $"{new CaKey(directoryUrl).RecordName}/{key.Thumbprint}");

    private AcmeAccountKey Open(string part, string pem) => RecordCodec.Decode(Key, () => AcmeAccountKey.FromPem(pem), part);
}
