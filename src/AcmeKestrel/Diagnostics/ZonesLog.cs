using Microsoft.Extensions.Logging;

namespace AcmeKestrel.Diagnostics;

/// <summary>Events of records in DNS: ids 720 to 739.</summary>
internal static partial class ZonesLog
{
    [LoggerMessage(720, LogLevel.Warning, "A record in DNS that nobody needs any more (challenge {Token}) could not be removed, and is tried again (attempt {Tries}): {Problem}")]
    public static partial void DnsRecordKept(this ILogger logger, string token, string problem, int tries);

    [LoggerMessage(721, LogLevel.Error, "A record in DNS is left, and its leftover cannot be read: {Problem}")]
    public static partial void DnsRecordUnknown(this ILogger logger, string problem);

    [LoggerMessage(722, LogLevel.Warning, "{Label}: the CAA records of {Names} could not be looked up from here, and the order is made all the same: {Reason}")]
    public static partial void CaaUnasked(this ILogger logger, string label, string names, string reason);

    [LoggerMessage(723, LogLevel.Warning, "{Label}: the CA is asked although {Problem}")]
    public static partial void ServersPassedOver(this ILogger logger, string label, string problem);
}
