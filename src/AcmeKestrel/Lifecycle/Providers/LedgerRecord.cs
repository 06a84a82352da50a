using System.Globalization;
using AcmeKestrel.Certificates;
using AcmeKestrel.Lifecycle.Limits;
using AcmeKestrel.Lifecycle.State;
using AcmeKestrel.Storage;

namespace AcmeKestrel.Lifecycle.Providers;

/// <summary>What was spent of a CA's limits, on record: the whole, and beside it levels with what changed since.</summary>
internal static class LedgerRecord
{
    private const string Part = "ledger.json";
    private const string LevelPart = "changes.json";

    /// <summary>
    /// No CA's name begins with it, and only that of an IPv6 address with something less. <c>+1+ca</c> is the smallest level, and all are listed before <c>ca</c>: what moves on while somebody reads one record after the other, as a backup does, moves to where he has not been yet.
    /// </summary>
    private const char LevelMark = '+';

    public static RecordKey Key(CaKey ca) => new(RecordKind.Ledger, ca.RecordName);

    /// <param name="level">From 0, the smallest.</param>
    public static RecordKey LevelKey(CaKey ca, int level) => new(RecordKind.Ledger, string.Create(CultureInfo.InvariantCulture, $"{LevelMark}{level + 1}{LevelMark}{ca.RecordName}"));

    public static bool IsLevel(RecordKey key) => key.Name.StartsWith(LevelMark);

    /// <summary>The name of the whole record that it is, or is beside.</summary>
    public static string WholeOf(RecordKey key) => IsLevel(key) ? key.Name[(key.Name.IndexOf(LevelMark, 1) + 1)..] : key.Name;

    public static RecordContent Write(LedgerState state) => new([RecordCodec.Json(Part, state, LimitsJson.Default.LedgerState)]);

    public static RecordContent Write(LedgerLevel level) => new([RecordCodec.Json(LevelPart, level, LimitsJson.Default.LedgerLevel)]);

    /// <exception cref="DamagedRecordException">It is none.</exception>
    /// <exception cref="StoreUnavailableException">It cannot be read now.</exception>
    public static LedgerState Read(StoreRecord record) => RecordCodec.Json(record, Part, LimitsJson.Default.LedgerState);

    /// <exception cref="DamagedRecordException">It is none.</exception>
    /// <exception cref="StoreUnavailableException">It cannot be read now.</exception>
    public static LedgerLevel ReadLevel(StoreRecord record) => RecordCodec.Json(record, LevelPart, LimitsJson.Default.LedgerLevel);
}
