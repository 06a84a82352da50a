using AcmeKestrel.Configuration.Stores;
using AcmeKestrel.Storage;

namespace AcmeKestrel.Management.Copies;

/// <summary>Opens stores beside the one that is in force. What stands around them is the composition root's.</summary>
internal interface IStoreDoor
{
    /// <summary>The caller's, to be disposed of. Nothing is asked before its first call.</summary>
    IAcmeStore Open(StoreSettings settings);
}
