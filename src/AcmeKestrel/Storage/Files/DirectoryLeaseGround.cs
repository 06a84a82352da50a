using System.Globalization;
using System.Text;
using AcmeKestrel.Storage.Engine;

namespace AcmeKestrel.Storage.Files;

/// <summary>Leases on kernel locks in locks/; the last token of each resource lies beside its lock.</summary>
internal sealed class DirectoryLeaseGround(StateLayout layout, IFileSystem files) : ILeaseGround
{
    private readonly AtomicFiles _atomic = new(files, layout.Temporary);

    public IDisposable? TryLock(string resource) => files.TryLock(PathOf(resource, "lock"), shared: false);

    public long LastToken(string resource)
    {
        var path = PathOf(resource, "fence");
        if (files.ReadFile(path) is not { } file) return 0;
        return long.TryParse(Encoding.ASCII.GetString(file.Bytes).Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out var token)
            ? token
            : throw new IOException($"It holds no number : '{path}'");
    }

    public void SaveToken(string resource, long token) => _atomic.ReplaceFile(
        PathOf(resource, "fence"),
        Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{token}\n")),
        new FileAccessRights(FileModes.PrivateFile));

    private string PathOf(string resource, string extension) => Path.Combine(layout.Locks, $"{FileNames.Map(resource)}.{extension}");
}
