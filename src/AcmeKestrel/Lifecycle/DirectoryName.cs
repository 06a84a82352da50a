namespace AcmeKestrel.Lifecycle;

/// <summary>A CA's directory as one piece of a record's name: host and path, escaped.</summary>
internal static class DirectoryName
{
    public static string Of(string directoryUrl)
    {
        var scheme = directoryUrl.IndexOf("://", StringComparison.Ordinal);
        return Uri.EscapeDataString(scheme < 0 ? directoryUrl : directoryUrl[(scheme + 3)..]);
    }
}
