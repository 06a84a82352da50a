namespace AcmeKestrel.Storage.Engine;

/// <summary>How far a store reaches.</summary>
internal static class StoreReach
{
    /// <summary>Other machines may have it: it is no folder of this one and no memory of this process.</summary>
    public static bool IsShared(this IAcmeStore store) => store.FindAbility<IStateFolder>() is null && store.FindAbility<MemoryStore>() is null;
}
