namespace AcmeKestrel;

/// <summary>What a hook is told.</summary>
public sealed class AcmeHookCall
{
    /// <summary>A call with what is always there, for tests of your own.</summary>
    public AcmeHookCall(AcmeHookEvent happened, string id, DateTimeOffset at, IReadOnlyList<AcmeHookCertificate> certificates)
    {
        ArgumentNullException.ThrowIfNull(id);
        ArgumentNullException.ThrowIfNull(certificates);
        (Event, Id, At, Certificates) = (happened, id, at, certificates);
    }

    /// <summary>What happened.</summary>
    public AcmeHookEvent Event { get; }

    /// <summary>The same for a delivery that is repeated: whoever keeps it does nothing twice.</summary>
    public string Id { get; }

    /// <summary>When it happened; of several, the first.</summary>
    public DateTimeOffset At { get; }

    /// <summary>What it happened to: one, or several where it is <see cref="AcmeHookEvent.LiveUpdated"/>.</summary>
    public IReadOnlyList<AcmeHookCertificate> Certificates { get; }

    /// <summary>How often it was tried, this time included.</summary>
    public int Attempt { get; init; } = 1;

    /// <summary>Nothing has happened: an operator wants to see what the hook does (<see cref="IAcmeHooks.TestAsync"/>).</summary>
    public bool IsTest { get; init; }

    /// <summary>The state directory; null where certificates are kept in another store.</summary>
    public string? StateDirectory { get; init; }
}
