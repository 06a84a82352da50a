namespace AcmeKestrel.Storage;

/// <summary>Sole use of a resource for a while. Disposing gives it back.</summary>
/// <remarks>As little stable as <see cref="IAcmeStore"/>.</remarks>
public interface IStoreLease : IAsyncDisposable
{
    /// <summary>To be sent along with writes that the lease protects.</summary>
    Fence Fence { get; }

    /// <summary>When the lease ends unless renewed.</summary>
    DateTimeOffset Expires { get; }

    /// <summary>Prolongs the lease; false when it was lost.</summary>
    ValueTask<bool> RenewAsync(TimeSpan duration, CancellationToken cancellationToken);
}
