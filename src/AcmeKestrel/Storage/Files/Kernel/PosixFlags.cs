using System.Runtime.InteropServices;

namespace AcmeKestrel.Storage.Files.Kernel;

/// <summary>How open(2) is called. The numbers are the kernel's and differ between machines.</summary>
internal static class PosixFlags
{
    private const int WriteOnly = 1;
    private const int ReadWrite = 2;
    private static readonly bool Mac = OperatingSystem.IsMacOS();

    /// <summary>ARM and POWER have numbers of their own for the two.</summary>
    private static readonly bool Own = RuntimeInformation.ProcessArchitecture is Architecture.Arm or Architecture.Arm64 or Architecture.Armv6 or Architecture.Ppc64le;

    private static readonly int CloseOnExec = Mac ? 0x1000000 : 0x80000;
    private static readonly int Create = Mac ? 0x200 : 0x40;
    private static readonly int Append = Mac ? 0x8 : 0x400;
    private static readonly int Exclusive = Mac ? 0x800 : 0x80;
    private static readonly int NonBlocking = Mac ? 0x4 : 0x800;
    private static readonly int OnlyFolder = Mac ? 0x100000 : Own ? 0x4000 : 0x10000;

    /// <summary>Fails where the last part of the path is a link.</summary>
    public static int NoFollow { get; } = Mac ? 0x100 : Own ? 0x8000 : 0x20000;

    public static int Folder { get; } = OnlyFolder | CloseOnExec;

    public static int ReadFile { get; } = NoFollow | NonBlocking | CloseOnExec;

    /// <summary>The same for the operator's own files, which may be links.</summary>
    public static int ReadLinkedFile { get; } = NonBlocking | CloseOnExec;

    public static int NewFile { get; } = WriteOnly | Create | Exclusive | NoFollow | CloseOnExec;

    /// <summary>Each write goes to the end, whoever else writes.</summary>
    public static int GrowingFile { get; } = WriteOnly | Create | Append | NoFollow | NonBlocking | CloseOnExec;

    public static int LockFile { get; } = ReadWrite | Create | NoFollow | NonBlocking | CloseOnExec;
}
