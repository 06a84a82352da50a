namespace AcmeKestrel.Storage;

/// <summary>What a record holds. Open: versions to come and programs of others have kinds of their own, and a store keeps a kind that it does not know like any other.</summary>
public readonly record struct RecordKind
{
    private const int MaxNameLength = 40;
    private readonly string? _name;

    /// <summary>The kind with this name: a lower-case letter, then lower-case letters, digits and hyphens, at most 40 characters.</summary>
    /// <exception cref="ArgumentException">It is no such name.</exception>
    public RecordKind(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        if (!IsName(name)) throw new ArgumentException($"'{name}' is no name of a kind of records: a lower-case letter, then lower-case letters, digits and hyphens, at most {MaxNameLength}.", nameof(name));
        _name = name;
    }

    /// <summary>An account key and what is known of the account; name <c>&lt;ca host and path&gt;/&lt;key thumbprint&gt;</c>.</summary>
    public static RecordKind Account { get; } = new("account");

    /// <summary>One generation of a certificate; name <c>&lt;label&gt;@&lt;generation&gt;</c>.</summary>
    public static RecordKind Certificate { get; } = new("certificate");

    /// <summary>A label's renewal state.</summary>
    public static RecordKind Schedule { get; } = new("schedule");

    /// <summary>A label's order in flight, with its key.</summary>
    public static RecordKind Order { get; } = new("order");

    /// <summary>Certificates of a label that are to be revoked, or that the CA has revoked.</summary>
    public static RecordKind Revocation { get; } = new("revocation");

    /// <summary>A challenge answer that other processes may give.</summary>
    public static RecordKind Answer { get; } = new("answer");

    /// <summary>A wish made at run time.</summary>
    public static RecordKind Wish { get; } = new("wish");

    /// <summary>What was spent of a CA's limits.</summary>
    public static RecordKind Ledger { get; } = new("ledger");

    /// <summary>A hook delivery that is still owed.</summary>
    public static RecordKind HookDelivery { get; } = new("hook-delivery");

    /// <summary>A DNS record that is still to be removed.</summary>
    public static RecordKind DnsLeftover { get; } = new("dns-leftover");

    /// <summary>Something that one process asks of the one that has the state, and what came of it.</summary>
    public static RecordKind Request { get; } = new("request");

    /// <summary>A name that somebody came for, and that is wished since.</summary>
    public static RecordKind OnDemand { get; } = new("on-demand");

    /// <summary>Those that this version knows.</summary>
    public static IReadOnlyList<RecordKind> Known { get; } = [Account, Certificate, Schedule, Order, Revocation, Answer, Wish, Ledger, HookDelivery, DnsLeftover, Request, OnDemand];

    /// <summary>What a store may call it; empty for <c>default</c>, which is no kind.</summary>
    public string Name => _name ?? "";

    /// <inheritdoc/>
    public override string ToString() => Name;

    private static bool IsName(string name) =>
        name.Length is > 0 and <= MaxNameLength && char.IsAsciiLetterLower(name[0]) && name.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c == '-');
}
