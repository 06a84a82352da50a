using Microsoft.Extensions.Primitives;

namespace AcmeKestrel.Desired;

/// <summary>The merged wishes as the lifecycle reads them.</summary>
internal interface IWishFeed
{
    /// <summary>
    /// Asks the sources and merges; tells what came out otherwise than the last time, at first that is everything. A source that throws keeps what it said last and becomes a problem.
    /// </summary>
    /// <param name="asksAll">Those as well that do not say that they changed.</param>
    /// <param name="cancellationToken">Ends the asking.</param>
    ValueTask<WishChanges> GetChangesAsync(bool asksAll, CancellationToken cancellationToken);

    /// <summary>Fires once when any source may have changed.</summary>
    IChangeToken GetChangeToken();
}
