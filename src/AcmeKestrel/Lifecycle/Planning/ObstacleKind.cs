namespace AcmeKestrel.Lifecycle.Planning;

/// <summary>All the answers to "why does nothing happen".</summary>
internal enum ObstacleKind
{
    /// <summary><c>Acme:Enabled</c> is false.</summary>
    Disabled,

    /// <summary>The host has not said yet whether it listens on https.</summary>
    Starting,

    /// <summary>There is no https address to get certificates for.</summary>
    Idle,

    /// <summary>Another process holds the state, or it cannot be opened.</summary>
    StateNotHeld,

    /// <summary>The state became ours and is not read yet.</summary>
    StateBeingRead,

    /// <summary>A record cannot be read or written now.</summary>
    StoreUnavailable,

    /// <summary>A record cannot be used; it is left for the operator.</summary>
    RecordDamaged,

    /// <summary>The wish names a provider that the settings do not have.</summary>
    ProviderUnknown,

    /// <summary>A setting is missing or cannot be used: terms, external account, roots.</summary>
    SettingUnusable,

    /// <summary>The CA will not have the account as it is, or it is closed: a human must act.</summary>
    AccountUnusable,

    /// <summary>The account's key is being changed, or it is being closed.</summary>
    AccountBusy,

    /// <summary>The operator has to do something for this name: the CA wants it, or a record is to be set.</summary>
    HumanNeeded,

    /// <summary>Somebody put the name on hold, and only somebody can release it.</summary>
    OperatorHold,

    /// <summary>A hook was asked before the order and does not want it yet.</summary>
    HookVeto,

    /// <summary>It is wished on demand, and nobody visits it.</summary>
    NotVisited,

    /// <summary>The last attempt failed, and its rung of the ladder is not over.</summary>
    Backoff,

    /// <summary>The CA asked this name, or this account, to wait.</summary>
    RetryAfter,

    /// <summary>The CA's limits are used up.</summary>
    LimitReached,

    /// <summary>The CA has trouble and is left alone.</summary>
    ProviderPaused,

    /// <summary>Another name probes whether the CA answers again.</summary>
    ProbeUnderWay,

    /// <summary>The CA took too long over this name's order, and another one is asked.</summary>
    CaTooSlow,

    /// <summary>The order in flight waits for the CA's next answer.</summary>
    CaAtWork,

    /// <summary>The CA could not be asked for something beside an order.</summary>
    CaUnreachable,

    /// <summary>A defect of this program; the log has the details.</summary>
    Unexpected,
}
