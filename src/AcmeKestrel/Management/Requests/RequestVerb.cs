namespace AcmeKestrel.Management.Requests;

/// <summary>What can be asked of the process that has the state.</summary>
internal enum RequestVerb
{
    Reconcile,
    Ensure,
    Forget,
    Renew,
    Retry,
    Hold,
    Release,
    Revoke,
    RollBack,
    DryRun,
    TestHttp,
    TestHook,
    Import,
    RegisterAccount,
    RecoverAccount,
    ChangeAccountEmail,
    ChangeAccountKey,
    DeactivateAccount,
    WishOnDemand,
    TellVisits,
}
