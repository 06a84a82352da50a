using AcmeKestrel.Lifecycle.Accounts;
using AcmeKestrel.Lifecycle.State;
using AcmeKestrel.Storage;

namespace AcmeKestrel.Management.Backups;

/// <summary>The accounts of a mail address, and what is theirs.</summary>
internal sealed class WantedAccounts(string email)
{
    private readonly HashSet<RecordKey> _records = [];
    private readonly HashSet<string> _urls = new(StringComparer.Ordinal);

    public bool IsEmpty => _records.Count == 0;

    public void Know(BackupItem item)
    {
        if (item is not BackupItem.Record { Stored: { Key: { Kind: var kind } key } stored } || kind != RecordKind.Account || AccountRemains.IsKeyAlone(stored)) return;
        if (AccountRecord.Read(stored).Facts is not { Email: { } owner } facts || !owner.Equals(email, StringComparison.OrdinalIgnoreCase)) return;

        _records.Add(key);
        _urls.UnionWith(facts.PreviousUrls);
        if (facts.Url is { } url) _urls.Add(url);
    }

    /// <summary>The accounts and their certificates; what is damaged is told in any case.</summary>
    public bool Includes(BackupItem item) => item switch
    {
        BackupItem.Record { Stored: { Key: var key } stored } when key.Kind == RecordKind.Certificate => stored.Content.Find(GenerationRecord.FactsPart) is { } part && GenerationRecord.TryReadMeta(part.Span) is { } meta && _urls.Contains(meta.AccountUrl),
        BackupItem.Record { Stored.Key: var key } => _records.Contains(key),
        BackupItem.Wish => false,
        _ => true,
    };
}
