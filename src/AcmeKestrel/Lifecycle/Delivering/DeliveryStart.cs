using AcmeKestrel.Certificates;
using AcmeKestrel.Diagnostics;
using AcmeKestrel.Lifecycle.State;
using AcmeKestrel.Storage;
using Microsoft.Extensions.Logging;

namespace AcmeKestrel.Lifecycle.Delivering;

/// <summary>Reads what is owed, when the state is this process'.</summary>
internal sealed class DeliveryStart(Deliveries deliveries, PublicLinks links, TimeProvider time, ILogger<DeliveryStart> logger)
{
    /// <param name="newest">The certificate of a label that has one.</param>
    public async Task BeginAsync(StateSession session, Func<string, CertificateFacts?> newest, CancellationToken cancellationToken)
    {
        var (owed, trouble) = (new Dictionary<string, OwedOfLabel>(StringComparer.Ordinal), new Dictionary<string, HookTrouble>(StringComparer.Ordinal));
        var unread = new HashSet<string>(StringComparer.Ordinal);
        await foreach (var record in session.ListAsync(new StoreQuery(RecordKind.HookDelivery), cancellationToken).ConfigureAwait(false))
        {
            try
            {
                if (DeliveryRecord.HookOf(record.Key) is { } hook) trouble[hook] = DeliveryRecord.ReadTrouble(record);
                else if (await FindAsync(session, record, newest, cancellationToken).ConfigureAwait(false) is { IsEmpty: false } found) owed[record.Key.Name] = found;
                else await session.DeleteAsync(record.Key, cancellationToken).ConfigureAwait(false);
            }
            catch (DamagedRecordException damaged)
            {
                logger.RecordDamaged(damaged.Message);
            }
            catch (StoreUnavailableException away)
            {
                logger.RecordUnread(away.Message);
                if (record.IsUnread) unread.Add(record.Key.Name);
            }
        }

        var shown =
            from of in owed
            from notice in of.Value.Notices
            where notice is { Event: AcmeHookEvent.LiveUpdated, IsHeld: false } && notice.Generation == newest(of.Key)?.Generation
            select (of.Key, notice.Generation);
        links.Begin(session, shown);
        deliveries.Begin(session, owed, unread, trouble, newest);
    }

    private Task<OwedOfLabel> FindAsync(StateSession session, StoreRecord record, Func<string, CertificateFacts?> newest, CancellationToken cancellationToken) =>
        OwedLook.OfAsync(session, record.Key.Name, DeliveryRecord.ReadOwed(record), newest(record.Key.Name)?.Generation, time.GetUtcNow(), cancellationToken);

    /// <summary>A label's certificate can be read again, or is another one.</summary>
    public Task FoundAsync(StateSession session, CertificateFacts newest, CancellationToken cancellationToken) => links.FoundAsync(session, newest, cancellationToken);
}
