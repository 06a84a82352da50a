using System.Collections.Immutable;
using AcmeKestrel.Certificates;
using AcmeKestrel.Certificates.Ports;
using AcmeKestrel.Configuration;
using AcmeKestrel.Lifecycle;
using AcmeKestrel.Lifecycle.Limits;
using AcmeKestrel.Lifecycle.Planning;
using AcmeKestrel.Lifecycle.Providers;
using AcmeKestrel.Lifecycle.State;
using AcmeKestrel.Lifecycle.Telling;
using AcmeKestrel.Storage;

namespace AcmeKestrel.Management;

/// <summary>One label's status with all that is known of it. What a list has no room for in memory is read from the label's own records, and from another's only where visitors get that one's certificate.</summary>
internal sealed class CertificateDetails(StatusBoard board, Labels labels, Ledgers ledgers, IAcmeStore store, IShownCertificates shown, IAcmeSettings settings, TimeProvider time)
{
    /// <summary>Null: there is no such label, nor an entry that could not become a wish.</summary>
    public async ValueTask<AcmeCertificateStatus?> FindAsync(string label, CancellationToken cancellationToken)
    {
        if (labels.WishOf(label) is not { } wish) return board.Find(label);

        // After a start a label that has nothing to do is looked at in its turn: until then nobody knows its schedule.
        var schedule = labels.Of(label).IsRead ? null : await ReadScheduleAsync(label, cancellationToken).ConfigureAwait(false);
        if (board.Find(label, schedule) is not { } status) return null;

        // What the status tells of, whatever came meanwhile: it is of one moment.
        var served = status.Generation is { } generation ? await StoredCertificateReader.ReadAsync(store, label, generation, cancellationToken).ConfigureAwait(false) : null;
        var outside = await FindOutsideAsync(label, cancellationToken).ConfigureAwait(false);
        var stored = outside is null || outside == status.Generation ? null : await StoredCertificateReader.ReadAsync(store, label, outside, cancellationToken).ConfigureAwait(false);
        return status.With(served, stored, await FindShownInsteadAsync(status, cancellationToken).ConfigureAwait(false), RoomOf(wish));
    }

    /// <summary>By what a handshake would find now.</summary>
    private async ValueTask<IReadOnlyList<AcmeShownCertificate>> FindShownInsteadAsync(AcmeCertificateStatus status, CancellationToken cancellationToken)
    {
        var others = new List<AcmeShownCertificate>();
        var found = status.Names.Select(name => (Name: name, Facts: shown.FindShown(name))).Where(one => one.Facts is { } facts && (facts.Label, facts.Generation) != (status.Label, status.Generation));
        foreach (var certificate in found.GroupBy(one => (one.Facts!.Label, one.Facts.Generation), one => one.Name))
        {
            var (label, generation) = certificate.Key;
            others.Add(new AcmeShownCertificate(label, [.. certificate], await StoredCertificateReader.ReadAsync(store, label, generation, cancellationToken).ConfigureAwait(false)));
        }

        return others;
    }

    private async ValueTask<Schedule?> ReadScheduleAsync(string label, CancellationToken cancellationToken)
    {
        try
        {
            return await store.ReadAsync(ScheduleRecord.Key(label), cancellationToken).ConfigureAwait(false) is { } record ? ScheduleRecord.Read(record) : null;
        }
        catch (Exception unusable) when (unusable is DamagedRecordException or StoreUnavailableException)
        {
            // Its own work tells of it.
            return null;
        }
    }

    /// <summary>The generation that programs outside see; null: none, or the store shows them none.</summary>
    private async ValueTask<string?> FindOutsideAsync(string label, CancellationToken cancellationToken)
    {
        try
        {
            return store.FindAbility<ICertificateView>() is { } view ? await view.FindShownAsync(label, cancellationToken).ConfigureAwait(false) : null;
        }
        catch (StoreUnavailableException)
        {
            return null;
        }
    }

    /// <summary>By the ledger that this session has read; one that nobody has asked for is not read for a look.</summary>
    private IReadOnlyList<AcmeLimitRoom> RoomOf(Wish wish)
    {
        if (!settings.Current.Providers.TryGetValue(wish.Provider, out var provider)) return [];
        if (ledgers.Known.FirstOrDefault(known => known.Key == provider.Ca).Value is not { } ledger) return [];

        var (limits, state) = (provider.Limits, ledger.Snapshot);
        var own = LedgerCosts.Account(limits).Concat(LedgerCosts.Attempt(limits, AccountName.Of(provider, wish.Email), [.. wish.Required, .. wish.Optional], default, state.IsFresh(time.GetUtcNow()))).Select(cost => cost.Bucket).Distinct();
        var rooms = LedgerRoom.Of(state with { Buckets = own.Where(state.Buckets.ContainsKey).ToImmutableDictionary(bucket => bucket, bucket => state.Buckets[bucket]) }, limits, time.GetUtcNow());
        return [.. rooms.Select(room => new AcmeLimitRoom(room.Limit, room.Left, room.Count))];
    }
}
