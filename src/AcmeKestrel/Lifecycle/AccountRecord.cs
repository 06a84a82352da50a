using AcmeKestrel.Protocol;
using AcmeKestrel.Storage;

namespace AcmeKestrel.Lifecycle;

/// <summary>An account as it is kept: parts <c>privkey</c>, <c>provider</c> and <c>account.json</c>.</summary>
internal sealed record AccountRecord(RecordKey Key, string PrivateKeyPem, string DirectoryUrl, AccountFacts Facts)
{
    public static AccountRecord Create(string directoryUrl, string? email, AcmeAccountKey key, DateTimeOffset now) => new(
        new RecordKey(RecordKind.Account, $"{DirectoryName.Of(directoryUrl)}/{key.Thumbprint}"), key.ToPem(), directoryUrl, new AccountFacts(email, null, null, [], now));

    /// <exception cref="DamagedRecordException">It cannot be used.</exception>
    public static AccountRecord Read(StoreRecord record) => new(
        record.Key,
        FencedStore.Text(record, "privkey"),
        FencedStore.Text(record, "provider").Trim(),
        FencedStore.Json(record, "account.json", LifecycleJson.Default.AccountFacts));

    public RecordContent Write() => new([
        FencedStore.Text("privkey", PrivateKeyPem, secret: true),
        FencedStore.Text("provider", DirectoryUrl + "\n"),
        FencedStore.Json("account.json", Facts, LifecycleJson.Default.AccountFacts)]);

    /// <exception cref="DamagedRecordException">The key is damaged.</exception>
    public AcmeAccountKey OpenKey()
    {
        try
        {
            return AcmeAccountKey.FromPem(PrivateKeyPem);
        }
        catch (FormatException damaged)
        {
            throw new DamagedRecordException($"{Key}: privkey: {damaged.Message}", damaged);
        }
    }
}
