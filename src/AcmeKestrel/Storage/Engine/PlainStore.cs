using System.Runtime.CompilerServices;

namespace AcmeKestrel.Storage.Engine;

/// <summary>
/// Encrypts nothing (<c>Acme:Store:ProtectSecrets</c> is off), and knows what another process has encrypted: that is not damaged. Where accounts are encrypted it takes no lease (<see cref="GuardedLease"/>): it would write
/// secrets in plain text.
/// </summary>
internal sealed class PlainStore(IAcmeStore inner) : DelegatingStore(inner), IDisposable
{
    private const string Refused = "the accounts of this state are encrypted, and Acme:Store:ProtectSecrets is off here";

    private volatile bool _isEncrypted;

    public override ValueTask<IStoreLease?> TryLeaseAsync(StoreLeaseRequest request, CancellationToken cancellationToken) =>
        _isEncrypted ? ValueTask.FromException<IStoreLease?>(GuardedLease.Refusal(Refused)) : GuardedLease.TryTakeAsync(Inner, request, FindRefusalAsync, cancellationToken);

    public override async ValueTask<StoreRecord?> ReadAsync(RecordKey key, CancellationToken cancellationToken) =>
        await Inner.ReadAsync(key, cancellationToken).ConfigureAwait(false) is { } record ? Look(record) : null;

    public override async IAsyncEnumerable<StoreRecord> ListAsync(StoreQuery query, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (var record in Inner.ListAsync(query, cancellationToken).ConfigureAwait(false)) yield return Look(record);
    }

    /// <summary>A part that is wanted of many is none that is secret; of one that is, nothing is told.</summary>
    public override async IAsyncEnumerable<StorePart> ListHeadsAsync(StoreHeadQuery query, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (var head in Inner.ListHeadsAsync(query, cancellationToken).ConfigureAwait(false))
        {
            yield return head.Bytes is { } bytes && SecretParts.IsProtected(bytes.Span) ? head with { Bytes = null } : head;
        }
    }

    public void Dispose() => (Inner as IDisposable)?.Dispose();

    private async ValueTask<string?> FindRefusalAsync(IAsyncEnumerable<StoreRecord> accounts)
    {
        await foreach (var account in accounts.ConfigureAwait(false)) _isEncrypted |= account.Content.Parts.Any(SecretParts.IsProtected);
        return _isEncrypted ? Refused : null;
    }

    private static StoreRecord Look(StoreRecord record)
    {
        if (record.Error is not null || record.Content.Parts.FirstOrDefault(SecretParts.IsProtected) is not { Name: { } closed }) return record;

        return record with
        {
            Content = new RecordContent([.. record.Content.Parts.Where(part => !SecretParts.IsProtected(part))]),
            Error = $"{closed} of {record.Key} is encrypted, and this process opens nothing (Acme:Store:ProtectSecrets)",
            IsUnread = true,
        };
    }
}
