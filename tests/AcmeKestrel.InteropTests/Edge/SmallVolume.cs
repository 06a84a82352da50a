namespace AcmeKestrel.InteropTests.Edge;

/// <summary>A real file system of a few hundred kilobytes or a few megabytes, which can be filled, emptied and made read-only.</summary>
internal sealed class SmallVolume : IAsyncDisposable
{
    private const int Block = 4096;

    private readonly TemporaryFolder _folder = new();
    private bool _isMounted;

    private SmallVolume() => Directory.CreateDirectory(Path);

    public string Path => _folder.In("volume");

    private string Filler => System.IO.Path.Combine(Path, "filler");

    /// <summary>Null: nobody lets this process mount anything (no root, or a container without that right).</summary>
    public static async Task<SmallVolume?> TryMountAsync(CancellationToken cancellationToken, string size = "600k")
    {
        if (!OperatingSystem.IsLinux() || !Environment.IsPrivilegedProcess) return null;

        var volume = new SmallVolume();
        volume._isMounted = await RunAsync("mount", ["-t", "tmpfs", "-o", $"size={size},mode=0700", "acmekestrel-test", volume.Path], cancellationToken);
        if (volume._isMounted) return volume;

        await volume.DisposeAsync();
        return null;
    }

    /// <summary>To the last byte.</summary>
    public void Fill()
    {
        using var file = File.OpenHandle(Filler, FileMode.Create, FileAccess.Write);
        try
        {
            for (var at = 0L; ; at += Block) RandomAccess.Write(file, new byte[Block], at);
        }
        catch (IOException)
        {
            // That is what it is for.
        }
    }

    public void Empty() => File.Delete(Filler);

    public async Task RemountAsync(bool isReadOnly, CancellationToken cancellationToken) => Assert.True(await RunAsync("mount", ["-o", isReadOnly ? "remount,ro" : "remount,rw", Path], cancellationToken));

    public async ValueTask DisposeAsync()
    {
        if (_isMounted) await RunAsync("umount", ["-l", Path], CancellationToken.None);
        _folder.Dispose();
    }

    private static async Task<bool> RunAsync(string program, string[] arguments, CancellationToken cancellationToken)
    {
        await using var process = ChildProcess.Start(program, arguments, [], "/");
        return await process.ExitAsync(cancellationToken) == 0;
    }
}
