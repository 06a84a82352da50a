using System.Globalization;

namespace AcmeKestrel.Lifecycle.State;

/// <summary>Reads the time out of a generation's name.</summary>
internal static class GenerationStamp
{
    public static DateTimeOffset? Of(string generation) =>
        DateTimeOffset.TryParseExact(generation.Split('-')[0], "yyyyMMdd'T'HHmmss'Z'", CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var stamp) ? stamp : null;
}
