namespace AcmeKestrel.Lifecycle.OnDemand;

/// <summary>What came of asking whether a name may have a certificate.</summary>
internal enum PermissionAnswer
{
    Yes,
    No,

    /// <summary>Nobody could say. A new name gets nothing, one that was allowed stays.</summary>
    Failed,

    /// <summary>Too much is asked for, so nobody was asked.</summary>
    Limited,
}
