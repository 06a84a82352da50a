namespace AcmeKestrel.Certificates;

/// <summary>What tells CAs apart: the URL of the directory. A provider's name is only the configuration's word for one; two names may stand for one CA.</summary>
internal readonly record struct CaKey(string DirectoryUrl)
{
    /// <summary>As one piece of a record's name that an operator can read: <c>acme-v02.api.letsencrypt.org_directory</c>, <c>127.0.0.1+14443_directory</c>.</summary>
    public string RecordName
    {
        get
        {
            var hostAndPath = DirectoryUrl[(DirectoryUrl.IndexOf("://", StringComparison.Ordinal) + "://".Length)..];

            // What stands for something else below is escaped first, so that two directories never share a name.
            return Uri.EscapeDataString(hostAndPath).Replace("_", "%5F", StringComparison.Ordinal).Replace("%3A", "+", StringComparison.Ordinal).Replace("%2F", "_", StringComparison.Ordinal);
        }
    }

    /// <inheritdoc/>
    public override string ToString() => DirectoryUrl;
}
