using AcmeKestrel.Diagnostics;
using AcmeKestrel.Lifecycle.State;
using AcmeKestrel.Storage;
using Microsoft.Extensions.Logging;

namespace AcmeKestrel.Lifecycle.Delivering;

/// <summary>Reads what is owed, when the state is this process'. What a process before this one expected and did not bring about is owed no more.</summary>
internal sealed class DeliveryStart(Deliveries deliveries, HookTroubles troubles, PublicLinks links, TimeProvider time, ILogger<DeliveryStart> logger)
{
    /// <param name="newest">The generation of each label that has one.</param>
    public async Task BeginAsync(StateSession session, IReadOnlyDictionary<string, string> newest, CancellationToken cancellationToken)
    {
        var (owed, trouble) = (new Dictionary<string, OwedOfLabel>(StringComparer.Ordinal), new Dictionary<string, HookTrouble>(StringComparer.Ordinal));
        await foreach (var record in session.ListAsync(new StoreQuery(RecordKind.HookDelivery), cancellationToken).ConfigureAwait(false))
        {
            try
            {
                if (DeliveryRecord.HookOf(record.Key) is { } hook) trouble[hook] = DeliveryRecord.ReadTrouble(record);
                else owed[record.Key.Name] = Found(DeliveryRecord.ReadOwed(record), newest.GetValueOrDefault(record.Key.Name));
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
        links.Begin(session, owed.Where(of => of.Value.Notices.Any(notice => notice.Event is AcmeHookEvent.LiveUpdated)).Select(of => (of.Key, newest.GetValueOrDefault(of.Key))));
        deliveries.Begin(session, owed);
    }

    /// <summary>
    /// What is shown is told again in any case, as it is now: the notice may have taken the place of one for what is shown. It is true when it is shown.
    /// </summary>
    private OwedOfLabel Found(OwedOfLabel owed, string? newest) => owed with
    {
        Notices =
        [
            .. owed.Notices
                .Where(notice => notice.Event is not AcmeHookEvent.Issued || string.CompareOrdinal(notice.Generation, newest) <= 0)
                .Select(notice => notice.Event is not AcmeHookEvent.LiveUpdated ? notice with { TrueSince = time.GetUtcNow() } : notice.Generation == newest ? notice : OfNow(notice, newest)),
        ],
    };

    private static OwedNotice OfNow(OwedNotice notice, string? newest) => notice with { Generation = newest, NotBefore = null, NotAfter = null, Names = newest is null ? [] : notice.Names };
}
