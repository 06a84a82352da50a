using AcmeKestrel.Lifecycle.Planning;
using AcmeKestrel.Lifecycle.Planning.Revocations;
using AcmeKestrel.Storage;

namespace AcmeKestrel.Lifecycle.State;

/// <summary>A label's revocation as a record: part <c>revocation.json</c>.</summary>
internal static class RevocationRecord
{
    private const string Part = "revocation.json";

    public static RecordKey Key(string label) => new(RecordKind.Revocation, label);

    public static async Task SaveAsync(StateSession session, string label, Revocation revocation, CancellationToken cancellationToken) =>
        await session.WriteAsync(Key(label), new RecordContent([RecordCodec.Json(Part, revocation, PlanningJson.Default.Revocation)]), cancellationToken).ConfigureAwait(false);

    /// <exception cref="DamagedRecordException">It cannot be used.</exception>
    public static Revocation Read(StoreRecord record)
    {
        var revocation = RecordCodec.Json(record, Part, PlanningJson.Default.Revocation);
        return revocation.Generations.Count > 0 && revocation.Generations.Concat(revocation.Revoked).All(generation => generation is { Length: > 0 })
            ? revocation
            : throw new DamagedRecordException($"{record.Key}: {Part} names no generation");
    }
}
