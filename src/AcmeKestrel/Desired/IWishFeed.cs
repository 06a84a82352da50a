using Microsoft.Extensions.Primitives;

namespace AcmeKestrel.Desired;

/// <summary>The merged wishes as the lifecycle reads them.</summary>
internal interface IWishFeed
{
    /// <summary>Asks every source and merges. A source that throws keeps its last good list and becomes a problem.</summary>
    ValueTask<WishSet> GetAsync(CancellationToken cancellationToken);

    /// <summary>Fires once when any source may have changed.</summary>
    IChangeToken GetChangeToken();
}
