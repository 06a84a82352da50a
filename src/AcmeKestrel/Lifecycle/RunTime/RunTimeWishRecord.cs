using AcmeKestrel.Lifecycle.State;
using AcmeKestrel.Storage;

namespace AcmeKestrel.Lifecycle.RunTime;

/// <summary>A wish made at run time as a record: part <c>wish.json</c>, under its label.</summary>
internal static class RunTimeWishRecord
{
    private const string Part = "wish.json";

    public static RecordKey Key(string label) => new(RecordKind.Wish, label);

    public static RecordContent Write(RunTimeWish wish) => new([RecordCodec.Json(Part, wish, RunTimeJson.Default.RunTimeWish)]);

    /// <exception cref="DamagedRecordException">It cannot be used.</exception>
    /// <exception cref="StoreUnavailableException">It cannot be read now.</exception>
    public static RunTimeWish Read(StoreRecord record) => RecordCodec.Json(record, Part, RunTimeJson.Default.RunTimeWish);
}
