namespace AcmeKestrel.CommandLine;

/// <summary>What a verb tells the shell.</summary>
internal static class AcmeExitCode
{
    /// <summary>Done, or nothing to do.</summary>
    public const int Done = 0;

    /// <summary>The verb could not do its work.</summary>
    public const int Error = 1;

    /// <summary>The words are not understood, or a question had to be answered and nobody was there.</summary>
    public const int Usage = 2;

    /// <summary>It was done, but not for all certificates.</summary>
    public const int SomeFailed = 3;

    /// <summary>Of <c>check</c> alone: something is due.</summary>
    public const int Due = 1;

    /// <summary>Of <c>check</c> alone: something is wrong, or nothing could be looked at.</summary>
    public const int Wrong = 2;
}
