using AcmeKestrel.Certificates;
using AcmeKestrel.Lifecycle.Limits;
using AcmeKestrel.Lifecycle.State;
using AcmeKestrel.Storage;

namespace AcmeKestrel.Lifecycle.Providers;

/// <summary>What was spent of a CA's limits, on record.</summary>
internal static class LedgerRecord
{
    private const string Part = "ledger.json";

    public static RecordKey Key(CaKey ca) => new(RecordKind.Ledger, ca.RecordName);

    public static RecordContent Write(LedgerState state) => new([RecordCodec.Json(Part, state, LimitsJson.Default.LedgerState)]);

    /// <exception cref="DamagedRecordException">It is none.</exception>
    /// <exception cref="StoreUnavailableException">It cannot be read now.</exception>
    public static LedgerState Read(StoreRecord record) => RecordCodec.Json(record, Part, LimitsJson.Default.LedgerState);
}
