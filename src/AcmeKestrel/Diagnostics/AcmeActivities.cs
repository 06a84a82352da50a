using System.Diagnostics;

namespace AcmeKestrel.Diagnostics;

/// <summary>Where the library's spans come from. What they carry is for operators: names and kinds of problems, never a token, a key or a URL with one.</summary>
internal static class AcmeActivities
{
    public static readonly ActivitySource Source = new(TelemetryNames.Source);
}
