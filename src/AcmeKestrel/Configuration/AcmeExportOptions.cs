namespace AcmeKestrel;

/// <summary>A file that certificates are brought to, for another program: an entry of <c>Acme:Exports</c>.</summary>
public sealed class AcmeExportOptions
{
    /// <summary>The label of the certificate. Default <c>*</c>: every one.</summary>
    public string? Certificate { get; set; }

    /// <summary><c>pem</c> (default: one part), <c>combined</c> (key and full chain in one PEM file), <c>pfx</c> (PKCS #12).</summary>
    public string? Format { get; set; }

    /// <summary>What a file of the format <c>pem</c> holds: <c>cert</c>, <c>chain</c>, <c>fullchain</c> (default), <c>privkey</c>.</summary>
    public string? Part { get; set; }

    /// <summary>Absolute path of the file, whose folder must exist; <c>{name}</c> is the label, <c>{name_}</c> the label with <c>_</c> for <c>.</c>.</summary>
    public string? Path { get; set; }

    /// <summary>The user that owns the file, by name or number. Default: the process's own.</summary>
    public string? Owner { get; set; }

    /// <summary>The file's group, by name or number. Default: the process's own.</summary>
    public string? Group { get; set; }

    /// <summary>The file's mode in octal. Default <c>0644</c>, with a private key in it <c>0600</c>.</summary>
    public string? Mode { get; set; }

    /// <summary>Absolute path of a file whose first line is the password of a <c>pfx</c>. Default: none has one.</summary>
    public string? PasswordFile { get; set; }
}
