namespace AcmeKestrel.Storage;

/// <summary>The change feed from one position on. Whoever opens it, then lists and then follows it misses nothing. Disposing gives back what it is made of, and is for whoever reads it no more: reading ends with its own token.</summary>
/// <remarks>As stable as <see cref="IAcmeStore"/>: members that are added have a default implementation.</remarks>
public interface IStoreWatch : IAsyncDisposable
{
    /// <summary>The position: fixed when the watch was opened, not when it is first read.</summary>
    StoreCursor Start { get; }

    /// <summary>
    /// What changed since <see cref="Start"/>, in an order in which the changes of one record were made, each at least once; ends only with the token or with a failure. Where changes may have been missed (the connection
    /// was lost, the position is too old) there is a <see cref="StoreChangeKind.Reset"/> in their place. To be read once.
    /// </summary>
    /// <exception cref="StoreUnavailableException">The medium fails. A watch that is opened after the last cursor goes on from there.</exception>
    IAsyncEnumerable<StoreChange> ReadAsync(CancellationToken cancellationToken);
}
