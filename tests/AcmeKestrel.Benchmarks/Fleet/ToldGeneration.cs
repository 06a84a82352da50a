using System.Globalization;
using System.Text.RegularExpressions;

namespace AcmeKestrel.Benchmarks.Fleet;

/// <summary>A line of a machine's log: since when it serves a generation that it issued (event 601) or that another one committed (646).</summary>
internal sealed partial record ToldGeneration(DateTime At, string Label, string Generation)
{
    public const string TimestampFormat = "yyyy-MM-ddTHH:mm:ss.ffffffZ ";

    public static ToldGeneration? Read(string line) => Told().Match(line) is { Success: true } match
        ? new ToldGeneration(DateTime.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture, DateTimeStyles.AdjustToUniversal), match.Groups[2].Value, match.Groups[3].Value)
        : null;

    [GeneratedRegex(@"^(\S+Z) .*\] (\S+): certificate (\S+) (?:is here|of the process)")]
    private static partial Regex Told();
}
