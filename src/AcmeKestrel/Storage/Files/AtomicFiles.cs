namespace AcmeKestrel.Storage.Files;

/// <summary>
/// Replaces files, folders and links so that a reader, and a start after a crash, sees the old or the new one whole: made in tmp/ with the final mode, synced, moved by one rename, the folder synced.
/// </summary>
/// <param name="temporary">Where they are made: on the same volume.</param>
/// <param name="prefix">What the names of such files begin with where others lie beside them.</param>
internal sealed class AtomicFiles(IFileSystem files, string temporary, string prefix = "")
{
    /// <summary>For files that are made beside those whose place they take: nobody takes them for one of these.</summary>
    public const string HiddenPrefix = ".acmekestrel-";

    /// <summary>What a folder's old content is called while the new one is put in its place by two renames.</summary>
    public const string Aside = "~";

    /// <summary>False = the group could not be given.</summary>
    public bool ReplaceFile(string path, ReadOnlySpan<byte> content, FileAccessRights rights) => ReplaceFile(path, content, [], rights);

    /// <summary>The same for what is too much to be in memory at once.</summary>
    public bool ReplaceFile(string path, ReadOnlySpan<byte> begin, IEnumerable<byte[]> rest, FileAccessRights rights)
    {
        var (made, granted) = MakeFile(begin, rest, rights);
        PutFile(made, path);
        return granted;
    }

    /// <summary>With its final mode, and synced; <see cref="PutFile"/> or <see cref="Discard"/> must follow.</summary>
    public (string Made, bool Granted) MakeFile(ReadOnlySpan<byte> begin, IEnumerable<byte[]> rest, FileAccessRights rights)
    {
        var made = NewPath();
        try
        {
            var granted = files.CreateFile(made, begin, rights);
            foreach (var piece in rest) files.AppendFile(made, piece);
            files.Sync(made);
            return (made, granted);
        }
        catch
        {
            Discard(made);
            throw;
        }
    }

    /// <summary>Moves what was made to its place.</summary>
    public void PutFile(string made, string path)
    {
        try
        {
            files.Rename(made, path);
            files.Sync(Parent(path));
        }
        catch
        {
            Discard(made);
            throw;
        }
    }

    /// <summary>What stays behind is removed at the next start.</summary>
    public void Discard(string path)
    {
        try
        {
            files.Delete(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
        }
    }

    /// <summary>False = the group could not be given to one of the files.</summary>
    public bool ReplaceFolder(string path, UnixFileMode mode, IEnumerable<(string Name, ReadOnlyMemory<byte> Content, FileAccessRights Rights)> content)
    {
        var made = NewPath();
        try
        {
            var granted = true;
            files.CreateFolder(made, mode);
            foreach (var (name, bytes, rights) in content)
            {
                var file = Path.Combine(made, name);
                granted &= files.CreateFile(file, bytes.Span, rights);
                if (!bytes.IsEmpty) files.Sync(file);
            }

            files.Sync(made);
            PutInPlace(made, path);
            files.Sync(Parent(path));
            return granted;
        }
        finally
        {
            // After an exchange this is the old content.
            Discard(made);
        }
    }

    /// <summary>Nothing happens where the volume has no links: that is told once when the state is opened.</summary>
    public void ReplaceLink(string path, string target)
    {
        if (files.Find(path)?.LinkTarget == target) return;

        var made = NewPath();
        if (!files.TryCreateLink(made, target)) return;
        try
        {
            files.Rename(made, path);
            files.Sync(Parent(path));
        }
        catch
        {
            Discard(made);
            throw;
        }
    }

    /// <summary>The folder goes as a whole, by a rename.</summary>
    public void RemoveFolder(string path)
    {
        if (files.Find(path + Aside) is not null) files.Delete(path + Aside);
        if (files.Find(path) is null) return;

        var gone = NewPath();
        files.Rename(path, gone);
        files.Sync(Parent(path));
        Discard(gone);
    }

    public void RemoveFile(string path)
    {
        files.Delete(path);
        files.Sync(Parent(path));
    }

    /// <summary>Puts back what a crash left aside where folders cannot be exchanged.</summary>
    public void Recover(string folder)
    {
        // By their names: of a hundred thousand folders a crash leaves one aside.
        foreach (var aside in files.ListNames(folder).Where(name => name.EndsWith(Aside, StringComparison.Ordinal)).Select(name => Path.Combine(folder, name)).ToList())
        {
            if (files.Find(aside) is not { Kind: FileEntryKind.Folder }) continue;

            var path = aside[..^Aside.Length];
            if (files.Find(path) is null) files.Rename(aside, path);
            else files.Delete(aside);
            files.Sync(folder);
        }
    }

    private void PutInPlace(string made, string path)
    {
        if (files.Find(path) is null)
        {
            files.Rename(made, path);
            return;
        }

        if (files.TryExchange(made, path)) return;

        // Two renames: readers look aside in between, and Recover does after a crash.
        files.Delete(path + Aside);
        files.Rename(path, path + Aside);
        files.Rename(made, path);
        files.Sync(Parent(path));
        files.Delete(path + Aside);
    }

    private string NewPath() => Path.Combine(temporary, $"{prefix}{Guid.NewGuid():n}");

    private static string Parent(string path) => Path.GetDirectoryName(path)!;
}
