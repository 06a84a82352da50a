using System.Globalization;

namespace AcmeKestrel.Tests.Fuzzing;

/// <summary>How many cases each fuzz test tries: three thousand, or what <c>ACMEKESTREL_FUZZ_CASES</c> says (a million in <c>.ci/soak</c>).</summary>
internal static class FuzzCases
{
    public static int Count { get; } =
        Environment.GetEnvironmentVariable("ACMEKESTREL_FUZZ_CASES") is { Length: > 0 } text ? int.Parse(text, NumberStyles.None, CultureInfo.InvariantCulture) : 3_000;
}
