using System.Globalization;

namespace AcmeKestrel.InteropTests.Edge;

/// <summary>How often a test starts a process that is to end badly. <c>ACMEKESTREL_CRASH_STARTS</c> says another number; a start that is compiled on the way costs too much for many.</summary>
internal static class CrashStarts
{
    public static int Count { get; } =
        Environment.GetEnvironmentVariable("ACMEKESTREL_CRASH_STARTS") is { Length: > 0 } asked ? int.Parse(asked, CultureInfo.InvariantCulture) : PublishedSample.Program is null ? 10 : 12;
}
