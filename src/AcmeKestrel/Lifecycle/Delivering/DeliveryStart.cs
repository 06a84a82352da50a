using AcmeKestrel.Diagnostics;
using AcmeKestrel.Lifecycle.State;
using AcmeKestrel.Storage;
using Microsoft.Extensions.Logging;

namespace AcmeKestrel.Lifecycle.Delivering;

/// <summary>Reads what is owed, when the state is this process'. What a process before this one expected and did not bring about is owed no more.</summary>
internal sealed class DeliveryStart(Deliveries deliveries, PublicLinks links, TimeProvider time, ILogger<DeliveryStart> logger)
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
                else if (Found(DeliveryRecord.ReadOwed(record), newest(record.Key.Name)) is { IsEmpty: false } found) owed[record.Key.Name] = found;
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

        var shown =
            from of in owed
            from notice in of.Value.Notices
            where notice.Event is AcmeHookEvent.LiveUpdated && notice.Generation == newest(of.Key)
            select (of.Key, notice.Generation);
        links.Begin(session, shown);
        deliveries.Begin(session, owed, trouble);
    }

    /// <summary>
    /// What is shown is told again in any case, as it is now: the notice may have taken the place of one for what is shown. It is true when it is shown; where what is stored cannot be read now, nothing is moved and nothing told.
    /// </summary>
    private OwedOfLabel Found(OwedOfLabel owed, string? newest) => owed with
    {
        Notices =
        [
            .. owed.Notices
                .Where(notice => notice.Event is not AcmeHookEvent.Issued || string.CompareOrdinal(notice.Generation, newest) <= 0)
                .Select(notice => notice.Event is not AcmeHookEvent.LiveUpdated ? notice with { TrueSince = time.GetUtcNow() } : newest is null || notice.Generation == newest ? notice : notice with { Generation = newest, NotBefore = null, NotAfter = null }),
        ],
        ToldOfEnd = owed.ToldOfEnd == newest ? newest : null,
    };
}
