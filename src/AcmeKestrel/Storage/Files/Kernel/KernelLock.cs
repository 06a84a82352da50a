using Microsoft.Win32.SafeHandles;

namespace AcmeKestrel.Storage.Files.Kernel;

/// <summary>A lock on an open file. It is let go of by name and not by closing the file alone: between fork and exec a program that this process starts has the file open as well, and would hold the lock for that moment.</summary>
internal sealed class KernelLock(SafeFileHandle file) : IDisposable
{
    public void Dispose()
    {
        if (!file.IsClosed) Posix.Unlock(file);
        file.Dispose();
    }
}
