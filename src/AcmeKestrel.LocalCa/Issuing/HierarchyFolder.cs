using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace AcmeKestrel.LocalCa.Issuing;

/// <summary>Keeps root and intermediate: an imported root must stay the same over restarts.</summary>
internal sealed class HierarchyFolder(string folder)
{
    private const UnixFileMode Private = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    public string RootPath { get; } = Path.Combine(folder, "root.pem");

    /// <summary>Loads what is there; makes anew what is missing, damaged or near its end.</summary>
    public Hierarchy Open(DateTimeOffset now, Action<string> created)
    {
        if (OperatingSystem.IsWindows()) Directory.CreateDirectory(folder);
        else Directory.CreateDirectory(folder, Private | UnixFileMode.UserExecute);

        var root = Load("root", now) ?? Create("root", Hierarchy.NewRoot(now), created);
        var intermediate = Load("intermediate", now);
        if (intermediate is null || !IssuedBy(intermediate, root)) intermediate = Create("intermediate", Hierarchy.NewIntermediate(root, now), created);
        return new Hierarchy(root, intermediate);
    }

    private X509Certificate2? Load(string name, DateTimeOffset now)
    {
        var (pem, key) = Paths(name);
        if (!File.Exists(pem) || !File.Exists(key)) return null;
        try
        {
            var certificate = X509Certificate2.CreateFromPemFile(pem, key);
            return Hierarchy.IsFresh(certificate, now) ? certificate : null;
        }
        catch (Exception error) when (error is CryptographicException or ArgumentException)
        {
            // Half written or not a pair. Nobody's certificates but this CA's own are lost with it.
            return null;
        }
    }

    private X509Certificate2 Create(string name, X509Certificate2 certificate, Action<string> created)
    {
        var (pem, keyPath) = Paths(name);
        using var key = certificate.GetECDsaPrivateKey()!;
        Write(keyPath, key.ExportPkcs8PrivateKeyPem() + "\n", Private);
        Write(pem, certificate.ExportCertificatePem() + "\n", Private | UnixFileMode.GroupRead | UnixFileMode.OtherRead);
        created(pem);
        return certificate;
    }

    private static bool IssuedBy(X509Certificate2 certificate, X509Certificate2 root)
    {
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.Add(root);
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        return chain.Build(certificate);
    }

    private (string Pem, string Key) Paths(string name) => (Path.Combine(folder, name + ".pem"), Path.Combine(folder, name + ".key"));

    private static void Write(string path, string text, UnixFileMode mode)
    {
        var draft = path + ".new";
        File.Delete(draft);
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows()) options.UnixCreateMode = mode;
        using (var file = new FileStream(draft, options))
        {
            file.Write(System.Text.Encoding.ASCII.GetBytes(text));
            file.Flush(flushToDisk: true);
        }

        File.Move(draft, path, overwrite: true);
    }
}
