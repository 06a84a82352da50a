namespace AcmeKestrel.Lifecycle.State;

/// <summary>Nothing can be done before the reason is gone, and no attempt is counted: a sentence for the operator, naming the key or the file.</summary>
internal sealed class StateHeldException(string reason, DateTimeOffset? until = null, Exception? inner = null) : Exception(reason, inner)
{
    /// <summary>When looking again may help; null = the worker's own rhythm.</summary>
    public DateTimeOffset? Until { get; } = until;
}
