using System.Diagnostics;
using System.Globalization;
using AcmeKestrel.Certificates;
using AcmeKestrel.Certificates.International;

namespace AcmeKestrel.Tests.Certificates;

/// <summary>A name is the same A-label on every runtime, or refused with the request for it: never another domain.</summary>
public sealed class InternationalNameTests
{
    private const string Invariant = "DOTNET_SYSTEM_GLOBALIZATION_INVARIANT";

    private static bool IsInvariant => Environment.GetEnvironmentVariable(Invariant) == "1";

    [Theory]
    [InlineData("Österreich.example", "xn--sterreich-z7a.example")]
    [InlineData("BÜCHER.example", "xn--bcher-kva.example")]
    [InlineData("*.bücher.Example.", "*.xn--bcher-kva.example")]
    [InlineData("straße.example", "xn--strae-oqa.example")]
    [InlineData("ΣΊΣΥΦΟΣ.example", "xn--kxa6akbbkh.example")]
    [InlineData("МОСКВА.example", "xn--80adxhks.example")]
    [InlineData("例え。テスト", "xn--r8jz45g.xn--zckzah")]
    [InlineData("한국.example", "xn--3e0b707e.example")]
    [InlineData("xn--sterreich-z7a.example", "xn--sterreich-z7a.example")]
    [InlineData("xn--11b5bs3a9aj6g", "xn--11b5bs3a9aj6g")]
    [InlineData("xn--mgbh0fb.xn--kgbechtv", "xn--mgbh0fb.xn--kgbechtv")]
    public void A_name_is_the_same_on_every_runtime(string text, string expected) => Assert.Equal(expected, AcmeIdentifier.Parse(text).Value);

    [Theory]
    [InlineData("bu\u0308cher.example", "xn--bcher-kva.example")]
    [InlineData("O\u0308sterreich.example", "xn--sterreich-z7a.example")]
    [InlineData("\uFB01sh.example", "fish.example")]
    [InlineData("\u0130stanbul.example", "xn--istanbul-o0e.example")]
    [InlineData("\uFF41\uFF42.example", "ab.example")]
    [InlineData("\u212A.example", "k.example")]
    [InlineData("\u0E1F\u0E49\u0E32.example", "xn--w3c2bxd.example")]
    public void A_name_that_not_every_runtime_can_map_is_mapped_or_its_A_label_is_asked_for(string text, string expected)
    {
        var isName = AcmeIdentifier.TryParse(text, out var identifier, out var error);

        if (IsInvariant)
        {
            Assert.False(isName);
            Assert.Contains("A-label", error, StringComparison.Ordinal);
            Assert.Contains("InvariantGlobalization", error, StringComparison.Ordinal);
        }
        else
        {
            Assert.Equal(expected, identifier?.Value);
        }
    }

    [Fact]
    public void Whatever_is_taken_without_a_mapping_is_what_the_mapping_makes_of_it()
    {
        Assert.SkipWhen(IsInvariant, "There is no mapping to compare with.");
        var idn = new IdnMapping { UseStd3AsciiRules = true };
        var taken = 0;
        for (var c = '\u0080'; c < '\uFFFF'; c++)
        {
            if (char.IsSurrogate(c) || Take($"a{c}b") is not { } ascii) continue;
            Assert.Equal((c, Map($"a{c}b")), (c, ascii));
            taken++;
        }

        Assert.InRange(taken, 30_000, 40_000);

        string? Map(string text)
        {
            try
            {
                return idn.GetAscii(text);
            }
            catch (ArgumentException)
            {
                return null;
            }
        }

        static string? Take(string text)
        {
            try
            {
                return UnmappedNames.ToAscii(text);
            }
            catch (ArgumentException)
            {
                return null;
            }
        }
    }

    [Fact]
    public async Task All_of_this_holds_in_a_process_with_invariant_globalization()
    {
        Assert.SkipWhen(IsInvariant, "This is that process.");
        var start = new ProcessStartInfo(Path.Combine(AppContext.BaseDirectory, "AcmeKestrel.Tests" + (OperatingSystem.IsWindows() ? ".exe" : "")), ["-noColor", "-class", typeof(InternationalNameTests).FullName!])
        {
            RedirectStandardOutput = true,
        };
        start.Environment[Invariant] = "1";
        using var process = Process.Start(start)!;
        var output = await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);

        Assert.True(process.ExitCode == 0, output);
        Assert.Contains("Failed: 0", output, StringComparison.Ordinal);
        Assert.Contains("Skipped: 2", output, StringComparison.Ordinal);
    }
}
