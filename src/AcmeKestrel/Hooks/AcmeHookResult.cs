namespace AcmeKestrel;

/// <summary>What became of a call.</summary>
public sealed class AcmeHookResult
{
    private AcmeHookResult(bool isDone, bool isVeto, string? reason) => (IsDone, IsVeto, Reason) = (isDone, isVeto, reason);

    /// <summary>It is done, or does not concern the hook: it is not told again.</summary>
    public static AcmeHookResult Done { get; } = new(isDone: true, isVeto: false, null);

    /// <summary>It is told again later.</summary>
    public static AcmeHookResult Failed(string reason) => new(isDone: false, isVeto: false, reason);

    /// <summary>An answer to <see cref="AcmeHookEvent.Renewing"/>: not now. Obeyed while the present certificate has an eighth of its life left.</summary>
    public static AcmeHookResult Veto(string reason) => new(isDone: false, isVeto: true, reason);

    /// <summary>It need not be told again.</summary>
    public bool IsDone { get; }

    /// <summary>The order is to wait.</summary>
    public bool IsVeto { get; }

    /// <summary>Why not.</summary>
    public string? Reason { get; }
}
