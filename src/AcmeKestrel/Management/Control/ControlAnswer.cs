namespace AcmeKestrel.Management.Control;

/// <summary>What the server says: lines of JSON, one for each thing; the end of the connection is the end of the answer.</summary>
internal sealed record ControlAnswer
{
    public AcmeServerInfo? Server { get; init; }

    public AcmeCertificateStatus? Status { get; init; }

    public AcmeHookStatus? Hook { get; init; }

    public AcmeStatusChange? Change { get; init; }

    /// <summary>All was said: a connection that breaks off before is no answer.</summary>
    public bool IsEnd { get; init; }
}
