namespace AcmeKestrel.Hooks.Programs;

/// <summary>Who may change what is run.</summary>
internal interface IFileFacts
{
    /// <summary>This process' user; null where the platform has no such thing.</summary>
    uint? User { get; }

    /// <summary>What is at the path, a link as itself; null: nothing.</summary>
    FileFacts? Find(string path);

    /// <summary>The names in a folder; null where it cannot be read.</summary>
    IReadOnlyList<string>? List(string folder);
}

/// <param name="Owner">Null where that cannot be told.</param>
/// <param name="Target">Of a link.</param>
internal sealed record FileFacts(bool IsFolder, uint? Owner, UnixFileMode Mode, string? Target = null)
{
    /// <summary>By somebody.</summary>
    public bool IsExecutable => (Mode & (UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute)) != 0;
}
