using System.Globalization;
using System.Security.Cryptography.X509Certificates;

namespace AcmeKestrel.Tests.Serving;

/// <summary>Files that a user has configured; they go with the process.</summary>
internal static class UsersFiles
{
    private static readonly DirectoryInfo All = Make();
    private static int _made;

    public static string Pkcs12(X509Certificate2 certificate)
    {
        var file = Path.Combine(NewFolder(), "users.pfx");
        File.WriteAllBytes(file, certificate.Export(X509ContentType.Pkcs12));
        return file;
    }

    public static string NewFolder() => All.CreateSubdirectory(Interlocked.Increment(ref _made).ToString(CultureInfo.InvariantCulture)).FullName;

    private static DirectoryInfo Make()
    {
        var folder = Directory.CreateTempSubdirectory("acmekestrel-serving-");
        AppDomain.CurrentDomain.ProcessExit += (_, _) => folder.Delete(recursive: true);
        return folder;
    }
}
