namespace AcmeKestrel.Storage.Engine;

/// <summary>What a store can give without waiting: a handshake that asks for it needs no other thread. Whoever changes what records hold has no such ability.</summary>
internal interface IRecordsAtHand
{
    /// <summary>These parts of a record, as they are now; null where one of them would have to be waited for, or where anything about them is not as it should be: <see cref="IAcmeStore.ReadAsync"/> tells.</summary>
    RecordContent? TryRead(RecordKey key, IReadOnlyList<string> parts);
}
