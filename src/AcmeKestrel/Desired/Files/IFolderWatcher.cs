namespace AcmeKestrel.Desired.Files;

/// <summary>Has what changes in a folder told at once, where the platform can.</summary>
internal interface IFolderWatcher
{
    /// <summary>From now until it is disposed. A folder that is not there yet is told when it comes.</summary>
    /// <exception cref="DirectoryNotFoundException">There is not even the folder that it is to be in.</exception>
    /// <exception cref="IOException">It cannot be watched; the message says why.</exception>
    IDisposable Watch(string folder, IFolderListener listener);
}
