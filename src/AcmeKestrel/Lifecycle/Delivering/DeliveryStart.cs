using AcmeKestrel.Certificates;
using AcmeKestrel.Diagnostics;
using AcmeKestrel.Lifecycle.State;
using AcmeKestrel.Storage;
using Microsoft.Extensions.Logging;

namespace AcmeKestrel.Lifecycle.Delivering;

/// <summary>Reads what is owed, when the state is this process'. What a process before this one expected and did not bring about is owed no more.</summary>
internal sealed class DeliveryStart(Deliveries deliveries, HookTroubles troubles, PublicLinks links, TimeProvider time, ILogger<DeliveryStart> logger)
{
    /// <param name="newest">The generation of a label that has one.</param>
    public async Task BeginAsync(StateSession session, Func<string, string?> newest, CancellationToken cancellationToken)
    {
        var (owed, trouble) = (new Dictionary<string, OwedOfLabel>(StringComparer.Ordinal), new Dictionary<string, HookTrouble>(StringComparer.Ordinal));
        await foreach (var record in session.ListAsync(new StoreQuery(RecordKind.HookDelivery), cancellationToken).ConfigureAwait(false))
        {
            try
            {
                if (DeliveryRecord.HookOf(record.Key) is { } hook) trouble[hook] = DeliveryRecord.ReadTrouble(record);
                else if (await FindAsync(session, record.Key.Name, DeliveryRecord.ReadOwed(record), newest(record.Key.Name), cancellationToken).ConfigureAwait(false) is { IsEmpty: false } found) owed[record.Key.Name] = found;
                else await session.DeleteAsync(record.Key, cancellationToken).ConfigureAwait(false);
            }
            catch (DamagedRecordException damaged)
            {
                logger.RecordDamaged(damaged.Message);
            }
            catch (StoreUnavailableException unread)
            {
                logger.RecordUnread(unread.Message);
            }
        }

        troubles.Begin(trouble);
        var shown =
            from of in owed
            from notice in of.Value.Notices
            where notice is { Event: AcmeHookEvent.LiveUpdated, IsHeld: false } && notice.Generation == newest(of.Key)
            select (of.Key, notice.Generation);
        links.Begin(session, shown);
        deliveries.Begin(session, owed);
    }

    /// <summary>A label's certificate can be read again, or is another one.</summary>
    public Task FoundAsync(StateSession session, CertificateFacts newest, CancellationToken cancellationToken) => links.FoundAsync(session, newest, cancellationToken);

    private async Task<OwedOfLabel> FindAsync(StateSession session, string label, OwedOfLabel owed, string? newest, CancellationToken cancellationToken)
    {
        var isBeyond = IsNewer(owed.ToldOfEnd) || owed.Notices.Any(notice => notice.Event is AcmeHookEvent.Issued or AcmeHookEvent.LiveUpdated && IsNewer(notice.Generation));
        var beyond = isBeyond ? await LookBeyondAsync(session, label, newest, cancellationToken).ConfigureAwait(false) : new Beyond(newest, IsUnread: false);
        return owed with
        {
            Notices = [.. owed.Notices.Select(notice => Found(notice, newest, beyond)).OfType<OwedNotice>()],
            ToldOfEnd = owed.ToldOfEnd == newest || (IsNewer(owed.ToldOfEnd) && beyond.Has(owed.ToldOfEnd)) ? owed.ToldOfEnd : null,
        };

        bool IsNewer(string? generation) => string.CompareOrdinal(generation, newest) > 0;
    }

    /// <summary>
    /// What is shown is told again in any case, as it is now: the notice may have taken the place of one for what is shown. It is true when it is shown; where what is stored cannot be read now, nothing is moved and nothing told
    /// before it can be. Null: it came to nothing.
    /// </summary>
    private OwedNotice? Found(OwedNotice notice, string? newest, Beyond beyond) => notice.Event switch
    {
        AcmeHookEvent.Issued when string.CompareOrdinal(notice.Generation, newest) > 0 => beyond.Has(notice.Generation) ? notice with { IsHeld = true } : null,
        AcmeHookEvent.LiveUpdated when notice.Generation == newest && !beyond.IsUnread => notice,
        AcmeHookEvent.LiveUpdated when newest is null || beyond.IsUnread => notice with { IsHeld = true },
        AcmeHookEvent.LiveUpdated => notice with { Generation = newest, NotBefore = null, NotAfter = null },
        _ => notice with { TrueSince = time.GetUtcNow() },
    };

    private static async Task<Beyond> LookBeyondAsync(StateSession session, string label, string? newest, CancellationToken cancellationToken)
    {
        var beyond = new Beyond(newest, IsUnread: false);
        try
        {
            await foreach (var record in session.ListAsync(new StoreQuery(RecordKind.Certificate) { Prefix = $"{label}@" }, cancellationToken).ConfigureAwait(false))
            {
                var (of, generation) = GenerationRecord.Names(record.Key);
                if (of != label || string.CompareOrdinal(generation, newest) <= 0) continue;
                beyond = new Beyond(string.CompareOrdinal(generation, beyond.Newest) > 0 ? generation : beyond.Newest, beyond.IsUnread || record.IsUnread);
            }

            return beyond;
        }
        catch (StoreUnavailableException)
        {
            return new Beyond(null, IsUnread: true);
        }
    }

    /// <summary>What is stored of a label that is newer than what can be read.</summary>
    /// <param name="Newest">By its name alone; null: nothing is stored, or nobody knows.</param>
    /// <param name="IsUnread">Some of it may be readable later.</param>
    private sealed record Beyond(string? Newest, bool IsUnread)
    {
        /// <summary>A generation came: it, or one after it, is stored.</summary>
        public bool Has(string? generation) => Newest is null ? IsUnread : string.CompareOrdinal(generation, Newest) <= 0;
    }
}
