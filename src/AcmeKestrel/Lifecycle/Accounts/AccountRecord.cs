using AcmeKestrel.Lifecycle.State;
using AcmeKestrel.Protocol;
using AcmeKestrel.Storage;

namespace AcmeKestrel.Lifecycle.Accounts;

/// <summary>An account as it is kept: parts <c>privkey</c>, <c>provider</c> and <c>account.json</c>. Its name ends with its key's thumbprint.</summary>
internal sealed record AccountRecord(RecordKey Key, string PrivateKeyPem, string DirectoryUrl, AccountFacts Facts)
{
    private const string NextPart = "privkey.next";

    /// <summary>Part <c>privkey.next</c>: a key that the CA was, or may have been, told to take for this account. Null while no change is open.</summary>
    public string? NextPrivateKeyPem { get; init; }

    public string Thumbprint => Key.Name[(Key.Name.LastIndexOf('/') + 1)..];

    public static AccountRecord Create(string directoryUrl, string? email, AcmeAccountKey key, DateTimeOffset now) =>
        new(KeyOf(directoryUrl, key), key.ToPem(), directoryUrl, new AccountFacts(email, null, null, [], now));

    /// <exception cref="DamagedRecordException">It cannot be used.</exception>
    public static AccountRecord Read(StoreRecord record) => new(
        record.Key,
        FencedStore.Text(record, "privkey"),
        FencedStore.Text(record, "provider").Trim(),
        FencedStore.Json(record, "account.json", LifecycleJson.Default.AccountFacts))
    {
        NextPrivateKeyPem = record.Content.Find(NextPart) is null ? null : FencedStore.Text(record, NextPart),
    };

    public RecordContent Write()
    {
        var parts = new List<RecordPart>
        {
            FencedStore.Text("privkey", PrivateKeyPem, secret: true),
            FencedStore.Text("provider", DirectoryUrl + "\n"),
            FencedStore.Json("account.json", Facts, LifecycleJson.Default.AccountFacts),
        };
        if (NextPrivateKeyPem is { } next) parts.Add(FencedStore.Text(NextPart, next, secret: true));
        return new RecordContent(parts);
    }

    /// <summary>The record after its change: the next key is the key, and gives it another name.</summary>
    public AccountRecord Changed() => NextPrivateKeyPem is { } next
        ? this with { Key = KeyOf(DirectoryUrl, OpenNextKey()), PrivateKeyPem = next, NextPrivateKeyPem = null }
        : throw new InvalidOperationException($"{Key} has no next key.");

    /// <exception cref="DamagedRecordException">The key is damaged.</exception>
    public AcmeAccountKey OpenKey() => Open("privkey", PrivateKeyPem);

    /// <exception cref="DamagedRecordException">The next key is damaged.</exception>
    public AcmeAccountKey OpenNextKey() => Open(NextPart, NextPrivateKeyPem ?? "");

    private static RecordKey KeyOf(string directoryUrl, AcmeAccountKey key) => new(RecordKind.Account, $"{DirectoryName.Of(directoryUrl)}/{key.Thumbprint}");

    private AcmeAccountKey Open(string part, string pem)
    {
        try
        {
            return AcmeAccountKey.FromPem(pem);
        }
        catch (FormatException damaged)
        {
            throw new DamagedRecordException($"{Key}: {part}: {damaged.Message}", damaged);
        }
    }
}
