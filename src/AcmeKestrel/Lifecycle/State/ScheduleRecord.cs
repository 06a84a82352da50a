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

    /// <summary>A label's schedule; null where there is none, or none that can be used.</summary>
    public static async Task<Schedule?> ReadAsync(StateSession session, string label, CancellationToken cancellationToken)
    {
        try
        {
            return await session.ReadAsync(Key(label), cancellationToken).ConfigureAwait(false) is { } record ? Read(record) : null;
        }
        catch (DamagedRecordException)
        {
            return null;
        }
    }

    /// <exception cref="DamagedRecordException">It cannot be used.</exception>
    public static Schedule Read(StoreRecord record) => RecordCodec.Json(record, Part, PlanningJson.Default.Schedule);
}
