using System.Runtime.InteropServices;
using System.Runtime.Versioning;

namespace AcmeKestrel.Hooks.Programs;

/// <summary>
/// SIGCHLD, which a process may inherit as ignored. Then the kernel keeps of no child how it ended, and .NET waits for its own children for ever. What programs are started for is not known then: the default takes its place, as other
/// programs that wait for children see to.
/// </summary>
[SupportedOSPlatform("linux")]
internal static partial class ChildSignal
{
    private const int ChildEnded = 17; // SIGCHLD
    private const nint Default = 0; // SIG_DFL
    private const nint Ignored = 1; // SIG_IGN

    /// <summary>Larger than any C library's struct sigaction, which begins with the handler.</summary>
    private const int Opaque = 1024;

    /// <summary>Before a program is started. A handler that somebody has installed stays.</summary>
    public static unsafe void Heed()
    {
        byte* found = stackalloc byte[Opaque];
        if (NativeAction(ChildEnded, null, found) == 0 && *(nint*)found == Ignored) _ = NativeSignal(ChildEnded, Default);
    }

    [LibraryImport("libc", EntryPoint = "sigaction")]
    private static unsafe partial int NativeAction(int signal, byte* action, byte* found);

    [LibraryImport("libc", EntryPoint = "signal")]
    private static partial nint NativeSignal(int signal, nint handler);
}
