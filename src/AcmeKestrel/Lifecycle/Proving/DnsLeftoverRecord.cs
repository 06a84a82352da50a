using AcmeKestrel.Lifecycle.State;
using AcmeKestrel.Storage;

namespace AcmeKestrel.Lifecycle.Proving;

/// <summary>Records of <see cref="DnsLeftover"/>.</summary>
internal static class DnsLeftoverRecord
{
    private const string Part = "record.json";

    public static RecordKey Key(string token) => new(RecordKind.DnsLeftover, token);

    /// <summary>On disk when it returns: from here on it is removed, whatever happens.</summary>
    public static async Task SaveAsync(StateSession session, DnsLeftover leftover, CancellationToken cancellationToken) =>
        await session.WriteAsync(Key(leftover.Token), new RecordContent([RecordCodec.Json(Part, leftover, ProvingJson.Default.DnsLeftover)]), cancellationToken).ConfigureAwait(false);

    /// <exception cref="DamagedRecordException">Nobody can say what is to be removed.</exception>
    public static async Task<DnsLeftover?> FindAsync(StateSession session, string token, CancellationToken cancellationToken) =>
        await session.ReadAsync(Key(token), cancellationToken).ConfigureAwait(false) is { } record ? Read(record) : null;

    /// <summary>All: the token, and the label whose order has written it; null where that cannot be read.</summary>
    public static async Task<IReadOnlyList<(string Token, string? Label)>> ListAsync(StateSession session, CancellationToken cancellationToken)
    {
        var all = new List<(string Token, string? Label)>();
        await foreach (var record in session.ListAsync(new StoreQuery(RecordKind.DnsLeftover), cancellationToken).ConfigureAwait(false)) all.Add((record.Key.Name, LabelOf(record)));
        return all;
    }

    private static string? LabelOf(StoreRecord record)
    {
        try
        {
            return Read(record).Label;
        }
        catch (Exception unusable) when (unusable is DamagedRecordException or StoreUnavailableException)
        {
            // Its removal says what ails it.
            return null;
        }
    }

    private static DnsLeftover Read(StoreRecord record) => RecordCodec.Json(record, Part, ProvingJson.Default.DnsLeftover);
}
