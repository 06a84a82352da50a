namespace AcmeKestrel.Storage.Engine;

/// <summary>What an engine does with a lease that it gave.</summary>
internal interface IEngineLeases
{
    /// <summary>False: it does not stand any more.</summary>
    ValueTask<bool> RenewAsync(Fence fence, TimeSpan duration, CancellationToken cancellationToken);

    /// <summary>Throws nothing: a lease that the engine does not take back ends by itself.</summary>
    ValueTask ReleaseAsync(Fence fence);
}
