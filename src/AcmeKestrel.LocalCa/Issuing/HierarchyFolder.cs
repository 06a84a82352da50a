using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace AcmeKestrel.LocalCa.Issuing;

/// <summary>Keeps root and intermediate: an imported root must stay the same over restarts. What lies there is used only as it would be made.</summary>
internal sealed class HierarchyFolder(string folder)
{
    private const UnixFileMode Private = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private const UnixFileMode PrivateFolder = Private | UnixFileMode.UserExecute;

    private readonly string _intermediatePath = Path.Combine(folder, "intermediate.pem");
    private readonly string _keyPath = Path.Combine(folder, "intermediate.key");

    /// <summary>Earlier versions kept it.</summary>
    private readonly string _rootKeyPath = Path.Combine(folder, "root.key");

    public string RootPath { get; } = Path.Combine(folder, "root.pem");

    /// <summary>Loads what is there; makes both anew where something is missing, damaged, near its end or could harm.</summary>
    /// <exception cref="IOException">A root that somebody else made lies there, or the folder cannot be used.</exception>
    public Hierarchy Open(DateTimeOffset now, IHierarchyWitness witness)
    {
        if (OperatingSystem.IsWindows()) Directory.CreateDirectory(folder);
        else Directory.CreateDirectory(folder, PrivateFolder);
        Close(folder, PrivateFolder, witness);
        if (File.Exists(_keyPath)) Close(_keyPath, Private, witness);
        if (File.Exists(_rootKeyPath)) File.Delete(_rootKeyPath);

        var root = LoadRoot();
        if (root is not null && !Hierarchy.IsOurs(root)) throw new IOException($"A root that this CA did not make lies there, and is left alone : '{RootPath}'");

        var fault = "it is damaged or incomplete";
        if (root is not null && LoadIntermediate() is { } intermediate)
        {
            var found = new Hierarchy(root, intermediate);
            if (found.FindFault(now) is not { } reason) return found;
            fault = reason;
        }

        if (File.Exists(RootPath)) witness.Replaces(RootPath, fault);
        var made = Hierarchy.Create(now);
        Keep(made);
        witness.Made(RootPath);
        return made;
    }

    /// <summary>The root comes last: nobody imports one whose intermediate a kill kept from the disk.</summary>
    private void Keep(Hierarchy hierarchy)
    {
        using var key = hierarchy.Intermediate.GetECDsaPrivateKey()!;
        const UnixFileMode Public = Private | UnixFileMode.GroupRead | UnixFileMode.OtherRead;
        Write(_keyPath, key.ExportPkcs8PrivateKeyPem() + "\n", Private);
        Write(_intermediatePath, hierarchy.Intermediate.ExportCertificatePem() + "\n", Public);
        Write(RootPath, hierarchy.Root.ExportCertificatePem() + "\n", Public);
    }

    private X509Certificate2? LoadRoot() => TryLoad(() => X509Certificate2.CreateFromPem(File.ReadAllText(RootPath)), RootPath);

    private X509Certificate2? LoadIntermediate() => TryLoad(() => X509Certificate2.CreateFromPemFile(_intermediatePath, _keyPath), _intermediatePath, _keyPath);

    /// <summary>Null where it is missing, half written or no pair. Nobody's certificates but this CA's own are lost with it.</summary>
    private static X509Certificate2? TryLoad(Func<X509Certificate2> load, params string[] paths)
    {
        try
        {
            return paths.All(File.Exists) ? load() : null;
        }
        catch (Exception error) when (error is CryptographicException or ArgumentException)
        {
            return null;
        }
    }

    private static void Close(string path, UnixFileMode allowed, IHierarchyWitness witness)
    {
        if (OperatingSystem.IsWindows() || File.GetUnixFileMode(path) is var found && (found & ~allowed) == 0) return;
        if (new FileInfo(path).LinkTarget is not null) throw new IOException($"It is a link, and links are not followed here : '{path}'");

        var closed = false;
        try
        {
            File.SetUnixFileMode(path, found & allowed);
            closed = File.GetUnixFileMode(path) == (found & allowed);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // A volume without modes: said, and all that the key can sign is local servers.
        }

        witness.WasOpen(path, found, closed);
    }

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
