namespace AcmeKestrel.InteropTests;

/// <summary>A program these tests need. Missing, it skips the test with the install command; CI turns skips into failures.</summary>
internal static class RealThing
{
    /// <summary>The program's path.</summary>
    public static string Require(string program, string package)
    {
        var path = (Environment.GetEnvironmentVariable("PATH") ?? "")
            .Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
            .Append("/usr/sbin")
            .Select(folder => Path.Combine(folder, program))
            .FirstOrDefault(File.Exists);
        Assert.SkipUnless(path is not null, $"{program} is missing: apt-get install {package}");
        return path!;
    }
}
