using System.Runtime.InteropServices;
using AcmeKestrel.Storage.Files;

namespace AcmeKestrel.Tests.Storage;

/// <summary>A program that is started has this process' files open, between fork and exec, whatever is marked to be closed.</summary>
public sealed partial class KernelLockTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("acme-lock-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void A_lock_that_was_let_go_is_held_by_nobody_who_has_the_file_open_still()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Others show no open files in /proc.");
        var (files, path) = (LocalFileSystem.Below(_folder), Path.Combine(_folder, "lock"));
        var held = files.TryLock(path, shared: false);
        Assert.NotNull(held);
        var twin = Duplicate(Directory.EnumerateFileSystemEntries("/proc/self/fd").Where(open => new FileInfo(open).LinkTarget == path).Select(open => int.Parse(Path.GetFileName(open), null)).Single());
        try
        {
            Assert.Null(files.TryLock(path, shared: false));

            held.Dispose();

            using var next = files.TryLock(path, shared: false);
            Assert.NotNull(next);
        }
        finally
        {
            _ = Close(twin);
        }
    }

    [LibraryImport("libc", EntryPoint = "dup")]
    private static partial int Duplicate(int file);

    [LibraryImport("libc", EntryPoint = "close")]
    private static partial int Close(int file);
}
