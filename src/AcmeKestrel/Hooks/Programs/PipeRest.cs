using System.IO.Pipes;
using System.Runtime.InteropServices;
using System.Runtime.Versioning;

namespace AcmeKestrel.Hooks.Programs;

/// <summary>What lies in a pipe and was not read yet, without waiting for its end: that may never come, while somebody has it open.</summary>
[SupportedOSPlatform("linux")]
internal static partial class PipeRest
{
    private const short Readable = 0x01; // POLLIN

    /// <summary>A pipe of Linux holds as much. Somebody who keeps writing is not followed.</summary>
    private const int Capacity = 64 * 1024;

    /// <summary>Nobody else reads meanwhile.</summary>
    public static void Read(PipeStream pipe, ProgramOutput output)
    {
        var bytes = new byte[4096];
        for (var total = 0; total < Capacity && HasBytes((int)pipe.SafePipeHandle.DangerousGetHandle());)
        {
            var read = pipe.Read(bytes);
            if (read == 0) return;

            output.Add(bytes.AsSpan(0, read));
            total += read;
        }
    }

    private static bool HasBytes(int descriptor)
    {
        var asked = new Descriptor { Id = descriptor, Events = Readable };
        return NativePoll(ref asked, 1, 0) == 1 && (asked.Found & Readable) != 0;
    }

    [LibraryImport("libc", EntryPoint = "poll")]
    private static partial int NativePoll(ref Descriptor descriptors, nuint count, int milliseconds);

    /// <summary>struct pollfd.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct Descriptor
    {
        public int Id;
        public short Events;
        public short Found;
    }
}
