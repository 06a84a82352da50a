namespace AcmeKestrel.Storage;

/// <summary>What a record holds. Kinds are added in minor versions: a store keeps one that it does not know like any other.</summary>
public enum RecordKind
{
    /// <summary>An account key and what is known of the account; name <c>&lt;ca host and path&gt;/&lt;key thumbprint&gt;</c>. Damaged without a part <c>privkey</c>.</summary>
    Account,

    /// <summary>One generation of a certificate; name <c>&lt;label&gt;@&lt;generation&gt;</c>. Damaged without the parts <c>fullchain</c> and <c>privkey</c>.</summary>
    Certificate,

    /// <summary>A label's renewal state.</summary>
    Schedule,

    /// <summary>A label's order in flight, with its key.</summary>
    Order,

    /// <summary>A challenge answer that other processes may give.</summary>
    Answer,

    /// <summary>A wish made at run time.</summary>
    Wish,

    /// <summary>What was spent of a CA's limits.</summary>
    Ledger,

    /// <summary>A hook delivery that is still owed.</summary>
    HookDelivery,

    /// <summary>A DNS record that is still to be removed.</summary>
    DnsLeftover,
}
