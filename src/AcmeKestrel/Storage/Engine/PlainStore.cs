using System.Runtime.CompilerServices;

namespace AcmeKestrel.Storage.Engine;

/// <summary>
/// Encrypts nothing (<c>Acme:Store:ProtectSecrets</c> is off), and knows what another process has encrypted: that is not damaged. Where accounts are encrypted it takes no lease: whoever has one writes secrets, and keeps
/// those from ordering who can read the state.
/// </summary>
internal sealed class PlainStore(IAcmeStore inner) : DelegatingStore(inner), IDisposable
{
    private volatile bool _isEncrypted;

    public override async ValueTask<IStoreLease?> TryLeaseAsync(StoreLeaseRequest request, CancellationToken cancellationToken)
    {
        if (_isEncrypted) throw Refusal();
        if (await Inner.TryLeaseAsync(request, cancellationToken).ConfigureAwait(false) is not { } lease) return null;

        try
        {
            // Looked at while nobody else writes.
            await foreach (var account in Inner.ListAsync(new StoreQuery(RecordKind.Account), cancellationToken).ConfigureAwait(false)) _isEncrypted |= account.Content.Parts.Any(SecretParts.IsProtected);
            if (_isEncrypted) throw Refusal();
            return lease;
        }
        catch
        {
            await lease.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

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

    private static StoreUnavailableException Refusal() => new("the accounts of this state are encrypted, and Acme:Store:ProtectSecrets is off here") { IsRefusal = true };

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
