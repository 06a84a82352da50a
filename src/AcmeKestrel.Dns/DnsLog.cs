using Microsoft.Extensions.Logging;

namespace AcmeKestrel.Dns;

internal static partial class DnsLog
{
    [LoggerMessage(850, LogLevel.Information, "{Domain}: set the TXT record {Name} to {Value} beside what is there, by hand: nobody else does it, since the DNS provider {Provider} is manual")]
    public static partial void RecordIsToBeSet(this ILogger logger, string domain, string name, string value, string provider);

    [LoggerMessage(851, LogLevel.Information, "{Domain}: the TXT record {Name} with the value {Value} is not needed any more, and may be removed by hand")]
    public static partial void RecordIsToBeRemoved(this ILogger logger, string domain, string name, string value);

    [LoggerMessage(852, LogLevel.Debug, "The DNS program {Program} said on {Action} of {Name}: {Output}")]
    public static partial void ProgramSaid(this ILogger logger, string program, string action, string name, string output);
}
