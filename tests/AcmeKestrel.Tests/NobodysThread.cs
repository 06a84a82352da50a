using System.Runtime.ExceptionServices;
using System.Runtime.InteropServices;

namespace AcmeKestrel.Tests;

/// <summary>Where root may read everything, who may read nothing of root's (Linux keeps the user for files by thread; see setfsuid(2)). Of any other user it is that user.</summary>
internal static partial class NobodysThread
{
    private const uint Nobody = 65534;

    public static void Run(Action action)
    {
        ExceptionDispatchInfo? failure = null;
        var thread = new Thread(() =>
        {
            _ = SetFileSystemUser(Nobody);
            try
            {
                action();
            }
            catch (Exception thrown)
            {
                failure = ExceptionDispatchInfo.Capture(thrown);
            }
        });
        thread.Start();
        thread.Join();
        failure?.Throw();
    }

    [LibraryImport("libc", EntryPoint = "setfsuid")]
    private static partial int SetFileSystemUser(uint user);
}
