namespace AcmeKestrel.Storage;

/// <summary>The store cannot be used now: not writable, full, held by another process. The message names the path and the configuration key.</summary>
public sealed class StoreUnavailableException(string message, Exception? inner = null) : Exception(message, inner)
{
    /// <summary>The store answers, and nobody has the lease: it is refused to this process, which cannot open what is kept there.</summary>
    internal bool IsRefusal { get; init; }
}
