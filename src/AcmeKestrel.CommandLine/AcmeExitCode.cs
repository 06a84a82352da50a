namespace AcmeKestrel.CommandLine;

/// <summary>What a verb tells the shell.</summary>
internal static class AcmeExitCode
{
    /// <summary>Done, or nothing to do.</summary>
    public const int Done = 0;

    /// <summary>The verb could not do its work at all.</summary>
    public const int Error = 1;

    /// <summary>It was done, but not for all certificates.</summary>
    public const int SomeFailed = 3;
}
