namespace AcmeKestrel.Storage.Engine;

/// <summary>An optional ability of a store: encrypts secret parts, with keys that are replaced from time to time.</summary>
internal interface IProtectedSecrets
{
    /// <summary>Writes the record once more where a secret part of it is not encrypted, or by a key that is no longer the current one. False: it is as it should be, it is gone, or somebody else was first.</summary>
    ValueTask<bool> ProtectAnewAsync(RecordKey key, Fence fence, CancellationToken cancellationToken);
}
