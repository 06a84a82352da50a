using System.Formats.Tar;
using System.IO.Compression;
using System.Runtime.CompilerServices;
using AcmeKestrel.Storage;
using AcmeKestrel.Storage.Files;

namespace AcmeKestrel.Management.Backups;

/// <summary>
/// The files of a backup, one after the other: of an archive, or of a folder. Whoever made it, nothing is unpacked and nothing followed: an archive with a path that leads elsewhere, a device or a hard link is refused as a whole,
/// symbolic links (a state directory has some) are passed over, and no file and no sum of files is longer than any state's.
/// </summary>
internal static class BackupSource
{
    private const int Deepest = 4;

    /// <summary>The ledger of a hundred thousand names has some ten million bytes.</summary>
    private const long LongestFile = 64 << 20;

    /// <summary>A hundred thousand certificates with three generations each have a quarter of it.</summary>
    private const long LongestBackup = 16L << 30;

    private const int MostFiles = 5_000_000;

    /// <exception cref="StoreUnavailableException">It cannot be read, or is no backup; the message names it.</exception>
    public static async IAsyncEnumerable<BackupEntry> ReadAsync(string path, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var (files, length) = (0, 0L);
        var entries = (Directory.Exists(path) ? FolderAsync(path) : ArchiveAsync(path, cancellationToken)).GetAsyncEnumerator(cancellationToken);
        await using (entries.ConfigureAwait(false))
        {
            while (true)
            {
                try
                {
                    if (!await entries.MoveNextAsync().ConfigureAwait(false)) yield break;
                }
                catch (Exception broken) when (broken is IOException or InvalidDataException or UnauthorizedAccessException or FormatException or ArgumentException or NotSupportedException or OverflowException)
                {
                    throw Refused(path, broken.Message, broken);
                }

                var entry = entries.Current;
                length += entry.Bytes.Length;
                if (++files > MostFiles || length > LongestBackup) throw Refused(path, "it is larger than any state");
                if (BackupPaths.FindFault(entry.Path) is { } fault) throw Refused(path, fault);
                yield return entry;
            }
        }
    }

    public static StoreUnavailableException Refused(string path, string why, Exception? inner = null) => new($"'{path}' is no backup that can be used: {why}", inner);

    private static async IAsyncEnumerable<BackupEntry> ArchiveAsync(string path, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await using var file = File.OpenRead(path);
        await using var zip = new GZipStream(file, CompressionMode.Decompress);
        await using var tar = new TarReader(zip);
        var others = 0;
        while (await tar.GetNextEntryAsync(copyData: false, cancellationToken).ConfigureAwait(false) is { } entry)
        {
            switch (entry.EntryType)
            {
                case TarEntryType.Directory or TarEntryType.SymbolicLink or TarEntryType.GlobalExtendedAttributes:
                    if (++others > MostFiles) throw new InvalidDataException("It is larger than any state.");
                    break;
                case TarEntryType.RegularFile or TarEntryType.V7RegularFile:
                    yield return new BackupEntry(NameOf(entry), await BytesAsync(entry.DataStream, entry.Length, cancellationToken).ConfigureAwait(false));
                    break;
                default:
                    throw new InvalidDataException($"It has something that is no file ({entry.EntryType}).");
            }
        }
    }

    /// <summary>As <c>tar czf x.tar.gz -C state .</c> writes it, too.</summary>
    private static string NameOf(TarEntry entry) => entry.Name.StartsWith("./", StringComparison.Ordinal) ? entry.Name[2..] : entry.Name;

    private static async IAsyncEnumerable<BackupEntry> FolderAsync(string path)
    {
        var (root, files) = (Path.GetFullPath(path), LocalFileSystem.Below(Path.GetFullPath(path)));
        await Task.CompletedTask.ConfigureAwait(false);
        foreach (var found in Below(files, root, "", 1))
        {
            // A pipe, or something that went meanwhile.
            await using var stream = files.OpenFile(Path.Combine(root, found.Replace('/', Path.DirectorySeparatorChar)));
            if (stream is not null) yield return new BackupEntry(found, await BytesAsync(stream, stream.Length, CancellationToken.None).ConfigureAwait(false));
        }
    }

    /// <summary>Only what is restored: beside it lie sockets and locks.</summary>
    private static IEnumerable<string> Below(IFileSystem files, string folder, string prefix, int depth)
    {
        foreach (var entry in files.List(folder).OrderBy(entry => entry.Name, StringComparer.Ordinal))
        {
            var path = prefix + entry.Name;
            if (entry.Kind == FileEntryKind.Folder && depth < Deepest)
            {
                foreach (var below in Below(files, Path.Combine(folder, entry.Name), path + "/", depth + 1)) yield return below;
            }
            else if (entry.Kind == FileEntryKind.File && BackupPaths.FindFault(path) is null && BackupPaths.PlaceOf(path) is not BackupPlace.OfNobody)
            {
                yield return path;
            }
        }
    }

    private static async Task<byte[]> BytesAsync(Stream? content, long length, CancellationToken cancellationToken)
    {
        if (length > LongestFile) throw new InvalidDataException("It has a file that is longer than any of a state.");
        if (content is null) return [];

        // As it comes: what a header promises is not there yet.
        using var bytes = new MemoryStream();
        await content.CopyToAsync(bytes, cancellationToken).ConfigureAwait(false);
        return bytes.Length == length ? bytes.ToArray() : throw new InvalidDataException("It ends in the middle of a file.");
    }
}
