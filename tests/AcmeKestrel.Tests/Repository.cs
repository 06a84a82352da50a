namespace AcmeKestrel.Tests;

/// <summary>The checkout these tests were built from.</summary>
internal static class Repository
{
    /// <summary>The folder with the solution.</summary>
    public static string Root { get; } = Find(AppContext.BaseDirectory);

    private static string Find(string folder) =>
        File.Exists(Path.Combine(folder, "AcmeKestrel.sln")) ? folder : Find(Path.GetDirectoryName(folder) ?? throw new InvalidOperationException("No solution above the tests."));
}
