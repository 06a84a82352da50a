namespace AcmeKestrel.Lifecycle.Planning.Revocations;

/// <summary>Somebody wants a label's certificate revoked, or has found that the CA did it.</summary>
internal sealed class RevocationRequest(AcmeRevocationReason reason)
{
    public AcmeRevocationReason Reason { get; } = reason;

    /// <summary>The generation that the CA was found to have revoked; null: the present one is to be.</summary>
    public string? Found { get; init; }

    /// <summary>It is on disk, or there is nothing to keep: from here on it goes on by itself.</summary>
    public bool IsKept { get; set; }
}

/// <summary>Somebody wants the label's previous certificate back.</summary>
internal sealed class RollBackRequest
{
    /// <summary>What is served in the present one's place; null: nothing has changed, or not yet.</summary>
    public DateTimeOffset? IssuedAt { get; set; }

    /// <summary>It is due for renewal already.</summary>
    public bool IsRenewalDue { get; set; }

    /// <summary>Why there is nothing to go back to.</summary>
    public string? Fault { get; set; }
}
