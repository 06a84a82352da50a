namespace AcmeKestrel.Tests.CommandLine;

/// <summary>Pages that are held to what the program prints are written by it, too, where somebody wants them written.</summary>
internal static class WrittenPages
{
    public const string Variable = "ACMEKESTREL_WRITE_PAGES";

    public static bool AreWanted => Environment.GetEnvironmentVariable(Variable) is "1";
}
