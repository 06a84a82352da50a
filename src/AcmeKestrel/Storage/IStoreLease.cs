namespace AcmeKestrel.Storage;

/// <summary>Sole use of a resource for a while. Disposing gives it back.</summary>
/// <remarks>As stable as <see cref="IAcmeStore"/>: members that are added have a default implementation.</remarks>
public interface IStoreLease : IAsyncDisposable
{
    /// <summary>To be sent along with writes that the lease protects.</summary>
    Fence Fence { get; }

    /// <summary>How much longer the lease lasts at least, unless it is renewed; zero when it is over. By a clock that nobody sets, and counted from before the store was asked.</summary>
    TimeSpan Remaining { get; }

    /// <summary>Cancelled when the lease is no longer held: its time passed, another one has it, or it was given back.</summary>
    CancellationToken Lost { get; }

    /// <summary>Prolongs the lease; false when it was lost.</summary>
    /// <exception cref="Exception">Nobody knows whether it was renewed: it lasts at least as long as <see cref="Remaining"/> says, and may be renewed again.</exception>
    ValueTask<bool> RenewAsync(TimeSpan duration, CancellationToken cancellationToken);
}
