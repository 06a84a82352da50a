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
        await session.ReadAsync(Key(token), cancellationToken).ConfigureAwait(false) is { } record ? RecordCodec.Json(record, Part, ProvingJson.Default.DnsLeftover) : null;

    /// <summary>The tokens of all.</summary>
    public static async Task<IReadOnlyList<string>> ListAsync(StateSession session, CancellationToken cancellationToken)
    {
        var tokens = new List<string>();
        await foreach (var record in session.ListAsync(new StoreQuery(RecordKind.DnsLeftover), cancellationToken).ConfigureAwait(false)) tokens.Add(record.Key.Name);
        return tokens;
    }
}
