namespace AcmeKestrel.Lifecycle.Accounts;

/// <summary>A CA's directory as one piece of a record's name that an operator can read: <c>acme-v02.api.letsencrypt.org_directory</c>, <c>127.0.0.1+14443_directory</c>.</summary>
internal static class DirectoryName
{
    public static string Of(string directoryUrl)
    {
        var hostAndPath = directoryUrl[(directoryUrl.IndexOf("://", StringComparison.Ordinal) + "://".Length)..];

        // What stands for something else below is escaped first, so that two directories never share a name.
        return Uri.EscapeDataString(hostAndPath).Replace("_", "%5F", StringComparison.Ordinal).Replace("%3A", "+", StringComparison.Ordinal).Replace("%2F", "_", StringComparison.Ordinal);
    }
}
