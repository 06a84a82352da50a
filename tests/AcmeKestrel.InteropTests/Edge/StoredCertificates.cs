using System.Security.Cryptography.X509Certificates;

namespace AcmeKestrel.InteropTests.Edge;

/// <summary>The state directory seen from outside.</summary>
internal static class StoredCertificates
{
    /// <summary>Reads every generation in <c>certs/</c>; throws where chain and key are not whole or do not match.</summary>
    public static IReadOnlyList<X509Certificate2> Read(string stateDirectory)
    {
        var folder = Path.Combine(stateDirectory, "certs");
        if (!Directory.Exists(folder)) return [];

        return [.. Directory.EnumerateDirectories(folder, "*@*").Select(generation =>
            X509Certificate2.CreateFromPemFile(Path.Combine(generation, "fullchain"), Path.Combine(generation, "privkey")))];
    }

    /// <summary>The labels: links to the generation that is served.</summary>
    public static IReadOnlyList<string> Labels(string stateDirectory) =>
        [.. Directory.EnumerateFileSystemEntries(Path.Combine(stateDirectory, "certs")).Select(path => Path.GetFileName(path)).Where(name => !name.Contains('@', StringComparison.Ordinal)).Order(StringComparer.Ordinal)];
}
