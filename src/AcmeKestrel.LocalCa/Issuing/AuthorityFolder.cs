using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace AcmeKestrel.LocalCa.Issuing;

/// <summary>Keeps root and intermediate as PEM files: <c>root.pem</c>, <c>root.key</c>, <c>intermediate.pem</c>, <c>intermediate.key</c>; the keys 0600 in a folder 0700.</summary>
internal sealed class AuthorityFolder(string path, TimeProvider time)
{
    /// <summary>A root that ends sooner than this is replaced at start.</summary>
    private static readonly TimeSpan Reserve = TimeSpan.FromDays(400);

    /// <summary>What clients must trust.</summary>
    public string RootFile { get; } = Path.Combine(path, "root.pem");

    /// <summary>Loads the authority, or makes it where there is none or it is near its end.</summary>
    /// <exception cref="IOException">The folder or a file cannot be read or written.</exception>
    public CertificateAuthority Open()
    {
        CreateFolder();
        var now = time.GetUtcNow();
        if (Load("root") is { } root && root.NotAfter - now > Reserve && Load("intermediate") is { } intermediate && intermediate.NotAfter - now > Reserve
            && intermediate.Issuer == root.Subject)
        {
            return new CertificateAuthority(root, intermediate, time);
        }

        root = CertificateAuthority.CreateRoot(now);
        intermediate = CertificateAuthority.CreateIntermediate(root, now);

        // The root's certificate comes last: while it is missing or old, the next start makes everything anew.
        Save("intermediate", intermediate);
        Save("root", root);
        return new CertificateAuthority(root, intermediate, time);
    }

    private void CreateFolder()
    {
        if (OperatingSystem.IsWindows()) Directory.CreateDirectory(path);
        else Directory.CreateDirectory(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    private X509Certificate2? Load(string name)
    {
        var (certificate, key) = (Path.Combine(path, name + ".pem"), Path.Combine(path, name + ".key"));
        if (!File.Exists(certificate) || !File.Exists(key)) return null;

        try
        {
            return X509Certificate2.CreateFromPemFile(certificate, key);
        }
        catch (Exception damaged) when (damaged is CryptographicException or ArgumentException)
        {
            return null;
        }
    }

    private void Save(string name, X509Certificate2 certificate)
    {
        using var key = certificate.GetECDsaPrivateKey()!;
        Write(name + ".key", key.ExportPkcs8PrivateKeyPem() + "\n", UnixFileMode.UserRead | UnixFileMode.UserWrite);
        Write(name + ".pem", certificate.ExportCertificatePem() + "\n", UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead);
    }

    private void Write(string name, string text, UnixFileMode mode)
    {
        var temporary = Path.Combine(path, $".{name}.{Guid.NewGuid():N}");
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows()) options.UnixCreateMode = mode;

        using (var file = new FileStream(temporary, options))
        {
            file.Write(System.Text.Encoding.ASCII.GetBytes(text));
            file.Flush(flushToDisk: true);
        }

        File.Move(temporary, Path.Combine(path, name), overwrite: true);
    }
}
