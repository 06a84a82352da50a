using AcmeKestrel.Lifecycle.State;
using AcmeKestrel.Storage;

namespace AcmeKestrel.Lifecycle.Delivering;

/// <summary>What of a record that another process wrote is owed, by what is stored. What that one expected and did not bring about is owed no more.</summary>
internal static class OwedLook
{
    /// <param name="newest">The label's newest generation that can be read; null: none.</param>
    public static async Task<OwedOfLabel> OfAsync(StateSession session, string label, OwedOfLabel owed, string? newest, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var isBeyond = IsNewer(owed.ToldOfEnd) || owed.Notices.Any(notice => notice.Event is AcmeHookEvent.Issued or AcmeHookEvent.LiveUpdated && IsNewer(notice.Generation));
        var beyond = isBeyond ? await LookBeyondAsync(session, label, newest, cancellationToken).ConfigureAwait(false) : new Beyond(newest, MayBeFound: false);
        return owed with
        {
            Notices = [.. owed.Notices.Select(notice => Of(notice, newest, beyond, now)).OfType<OwedNotice>()],
            ToldOfEnd = owed.ToldOfEnd == newest || (IsNewer(owed.ToldOfEnd) && beyond.Has(owed.ToldOfEnd)) ? owed.ToldOfEnd : null,
        };

        bool IsNewer(string? generation) => string.CompareOrdinal(generation, newest) > 0;
    }

    /// <summary>
    /// What is shown is told again in any case, as it is now: the notice may have taken the place of one for what is shown. It is true when it is shown; where what is stored cannot be read now, nothing is moved and nothing told
    /// before it can be. Null: it came to nothing.
    /// </summary>
    private static OwedNotice? Of(OwedNotice notice, string? newest, Beyond beyond, DateTimeOffset now) => notice.Event switch
    {
        AcmeHookEvent.Issued when string.CompareOrdinal(notice.Generation, newest) > 0 => beyond.Has(notice.Generation) ? notice with { IsHeld = true } : null,
        AcmeHookEvent.LiveUpdated when notice.Generation == newest && !beyond.MayBeFound => notice,
        AcmeHookEvent.LiveUpdated when newest is null || beyond.MayBeFound => notice with { IsHeld = true },
        AcmeHookEvent.LiveUpdated => notice with { Generation = newest, NotBefore = null, NotAfter = null },
        _ => notice with { TrueSince = now },
    };

    private static async Task<Beyond> LookBeyondAsync(StateSession session, string label, string? newest, CancellationToken cancellationToken)
    {
        var beyond = new Beyond(newest, MayBeFound: false);
        try
        {
            await foreach (var record in session.ListAsync(new StoreQuery(RecordKind.Certificate) { Prefix = $"{label}@" }, cancellationToken).ConfigureAwait(false))
            {
                var (of, generation) = GenerationRecord.Names(record.Key);
                if (of != label || string.CompareOrdinal(generation, newest) <= 0) continue;
                beyond = new Beyond(string.CompareOrdinal(generation, beyond.Newest) > 0 ? generation : beyond.Newest, beyond.MayBeFound || MayBeFound(record));
            }

            return beyond;
        }
        catch (StoreUnavailableException)
        {
            return new Beyond(null, MayBeFound: true);
        }
    }

    /// <summary>It may be readable later, or is by now and was not when the label's certificate was: the label's own work finds it.</summary>
    private static bool MayBeFound(StoreRecord record)
    {
        if (record.IsUnread) return true;

        try
        {
            GenerationRecord.Read(record);
            return true;
        }
        catch (DamagedRecordException)
        {
            return false;
        }
    }

    /// <summary>What is stored of a label that is newer than what can be read.</summary>
    /// <param name="Newest">By its name alone; null: nothing is stored, or nobody knows.</param>
    /// <param name="MayBeFound">Some of it may be the label's certificate later.</param>
    private sealed record Beyond(string? Newest, bool MayBeFound)
    {
        /// <summary>A generation came: it, or one after it, is stored.</summary>
        public bool Has(string? generation) => Newest is null ? MayBeFound : string.CompareOrdinal(generation, Newest) <= 0;
    }
}
