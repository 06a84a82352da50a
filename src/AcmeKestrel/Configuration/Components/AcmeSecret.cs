namespace AcmeKestrel;

/// <summary>A secret of the configuration: as it stands there, or from a file that is read each time, so that it may be changed while the application runs. It prints as nothing.</summary>
public sealed class AcmeSecret
{
    private readonly string? _value;
    private readonly string? _file;

    private AcmeSecret(string? value, string? file) => (_value, _file) = (value, file);

    /// <summary>As it stands in the configuration.</summary>
    public static AcmeSecret Of(string value) => new(value, null);

    /// <summary>What the file holds, without white space at its ends.</summary>
    public static AcmeSecret InFile(string path) => new(null, path);

    /// <exception cref="AcmeSecretException">The file cannot be read, or holds nothing.</exception>
    public string Read()
    {
        if (_value is not null) return _value;

        try
        {
            var text = SecretFile.Read(_file!);
            return text.Length > 0 ? text : throw new AcmeSecretException($"There is no secret in '{_file}'");
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException)
        {
            throw new AcmeSecretException($"The secret in '{_file}' cannot be read: {unreadable.Message}", unreadable);
        }
    }

    /// <inheritdoc/>
    public override string ToString() => _file is null ? "(a secret)" : $"(a secret in '{_file}')";
}
