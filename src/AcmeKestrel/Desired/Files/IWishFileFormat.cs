namespace AcmeKestrel.Desired.Files;

/// <summary>How the files of a folder are read.</summary>
internal interface IWishFileFormat
{
    /// <summary>A longer file is not read.</summary>
    int MaxBytes { get; }

    /// <summary>What a message calls the file.</summary>
    string OriginOf(string fileName);

    /// <summary>Pure; whatever is in a file, it is answered.</summary>
    /// <param name="content">One byte more than <see cref="MaxBytes"/> stands for any longer one.</param>
    /// <param name="askedAt">When it was written or touched, where that was while somebody looked.</param>
    DesiredCertificates Parse(string fileName, ReadOnlySpan<byte> content, DateTimeOffset? askedAt);
}
