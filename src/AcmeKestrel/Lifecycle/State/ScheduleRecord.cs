using AcmeKestrel.Lifecycle.Planning;
using AcmeKestrel.Storage;

namespace AcmeKestrel.Lifecycle.State;

/// <summary>A label's schedule as a record: part <c>schedule.json</c>.</summary>
internal static class ScheduleRecord
{
    private const string Part = "schedule.json";

    public static RecordKey Key(string label) => new(RecordKind.Schedule, label);

    public static async Task SaveAsync(StateSession session, string label, Schedule schedule, CancellationToken cancellationToken) =>
        await session.WriteAsync(Key(label), new RecordContent([RecordCodec.Json(Part, schedule, PlanningJson.Default.Schedule)]), cancellationToken).ConfigureAwait(false);

    /// <exception cref="DamagedRecordException">It cannot be used.</exception>
    public static Schedule Read(StoreRecord record) => RecordCodec.Json(record, Part, PlanningJson.Default.Schedule);
}
