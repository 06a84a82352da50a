using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using Microsoft.AspNetCore.DataProtection;

namespace AcmeKestrel.Storage.Engine;

/// <summary>
/// Encrypts secret parts before the store gets them (<c>Acme:Store:ProtectSecrets</c>), with the application's Data Protection keys. What the keys do not open is not damaged: they may come. Where that is every account it takes
/// no lease (<see cref="GuardedLease"/>).
/// </summary>
internal sealed class ProtectedStore(IAcmeStore inner, IDataProtectionProvider keys) : DelegatingStore(inner), IProtectedSecrets, IDisposable
{
    private readonly SecretParts _secrets = new(keys);

    public override ValueTask<IStoreLease?> TryLeaseAsync(StoreLeaseRequest request, CancellationToken cancellationToken) =>
        request.ReplacesClosed ? Inner.TryLeaseAsync(request, cancellationToken) : GuardedLease.TryTakeAsync(Inner, request, FindRefusalAsync, cancellationToken);

    public override async ValueTask<StoreRecord?> ReadAsync(RecordKey key, CancellationToken cancellationToken) =>
        await Inner.ReadAsync(key, cancellationToken).ConfigureAwait(false) is { } record ? Open(record, out _) : null;

    public override async IAsyncEnumerable<StoreRecord> ListAsync(StoreQuery query, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (var record in Inner.ListAsync(query, cancellationToken).ConfigureAwait(false)) yield return Open(record, out _);
    }

    /// <summary>A part that is wanted of many is none that is secret; of one that is, its record tells.</summary>
    public override async IAsyncEnumerable<StorePart> ListHeadsAsync(StoreHeadQuery query, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (var head in Inner.ListHeadsAsync(query, cancellationToken).ConfigureAwait(false))
        {
            var isProtected = head.Bytes is { } bytes && SecretParts.IsProtected(bytes.Span);
            yield return isProtected && await ReadAsync(head.Key, cancellationToken).ConfigureAwait(false) is { } record ? StorePart.Of(record, query.Part) : head;
        }
    }

    public override ValueTask<RecordVersion> WriteAsync(StoreWrite write, CancellationToken cancellationToken)
    {
        RecordRules.Check(write);
        return Inner.WriteAsync(write with { Content = _secrets.Protect(write.Key, write.Content) }, cancellationToken);
    }

    public async ValueTask<bool> ProtectAnewAsync(RecordKey key, Fence fence, CancellationToken cancellationToken)
    {
        if (await Inner.ReadAsync(key, cancellationToken).ConfigureAwait(false) is not { Error: null } found) return false;
        if (Open(found, out var isStale) is not { Error: null } opened || !isStale) return false;

        try
        {
            await WriteAsync(new StoreWrite(key, opened.Content) { Expected = found.Version, Fence = fence }, cancellationToken).ConfigureAwait(false);
            return true;
        }
        catch (StoreConflictException)
        {
            return false;
        }
    }

    /// <summary>One account that is lost for good keeps nobody from the others.</summary>
    private async ValueTask<string?> FindRefusalAsync(IAsyncEnumerable<StoreRecord> accounts)
    {
        string? closed = null;
        await foreach (var account in accounts.ConfigureAwait(false))
        {
            if (account.Error is not null) continue;
            if (Open(account, out _).Error is not { } error) return null;
            closed ??= error;
        }

        return closed is null ? null : $"{closed}. All machines of the state need the same ring of keys and the same application name";
    }

    /// <summary>What is at hand is encrypted.</summary>
    public override TAbility? FindAbility<TAbility>()
        where TAbility : class => typeof(TAbility) == typeof(IRecordsAtHand) ? null : base.FindAbility<TAbility>();

    public void Dispose() => (Inner as IDisposable)?.Dispose();

    private StoreRecord Open(StoreRecord record, out bool isStale)
    {
        isStale = false;
        var parts = new List<RecordPart>();
        string? error = null;
        foreach (var part in record.Content.Parts)
        {
            try
            {
                parts.Add(_secrets.Open(record.Key, part, out var isOld));
                isStale |= isOld;
            }
            catch (CryptographicException closed)
            {
                error = $"{part.Name} of {record.Key} is encrypted, and the Data Protection keys of this process do not open it ({closed.Message})";
            }
        }

        var opened = record with { Content = new RecordContent(parts) };
        return error is null || record.Error is not null ? opened : opened with { Error = error, IsUnread = true };
    }
}
