using AcmeKestrel.Lifecycle.State;
using AcmeKestrel.Storage;

namespace AcmeKestrel.Lifecycle.Delivering;

/// <summary>What is owed of a label, under its name, and how a hook fails, under an <c>@</c> and the hook's id, which no label has.</summary>
internal static class DeliveryRecord
{
    private const string OwedPart = "owed.json";
    private const string TroublePart = "trouble.json";

    public static RecordKey Key(string label) => new(RecordKind.HookDelivery, label);

    public static RecordKey TroubleKey(string hook) => new(RecordKind.HookDelivery, $"@{hook}");

    /// <summary>The hook whose trouble this is; null: it is a label's.</summary>
    public static string? HookOf(RecordKey key) => key.Name.StartsWith('@') ? key.Name[1..] : null;

    public static RecordContent Write(OwedOfLabel owed) => new([RecordCodec.Json(OwedPart, owed, DeliveryJson.Default.OwedOfLabel)]);

    public static RecordContent Write(HookTrouble trouble) => new([RecordCodec.Json(TroublePart, trouble, DeliveryJson.Default.HookTrouble)]);

    /// <exception cref="DamagedRecordException">It cannot be used.</exception>
    public static OwedOfLabel ReadOwed(StoreRecord record)
    {
        var owed = RecordCodec.Json(record, OwedPart, DeliveryJson.Default.OwedOfLabel);
        return owed.Notices.All(notice => notice is not null && notice.To.All(hook => hook is not null))
            ? owed
            : throw new DamagedRecordException($"{record.Key}: {OwedPart} owes nothing, or nobody");
    }

    /// <exception cref="DamagedRecordException">It cannot be used.</exception>
    public static HookTrouble ReadTrouble(StoreRecord record) => RecordCodec.Json(record, TroublePart, DeliveryJson.Default.HookTrouble);
}
