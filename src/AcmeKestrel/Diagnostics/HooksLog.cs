using Microsoft.Extensions.Logging;

namespace AcmeKestrel.Diagnostics;

/// <summary>Events 700-799: who else is told.</summary>
internal static partial class HooksLog
{
    [LoggerMessage(700, LogLevel.Information, "Hook {Hook} was told of {Event}: {Labels}")]
    public static partial void HookTold(this ILogger logger, string hook, string @event, string labels);

    [LoggerMessage(701, LogLevel.Warning, "Hook {Hook} could not be told of {Event} ({Labels}), and is told again at {Until:u}: {Problem}")]
    public static partial void HookFailed(this ILogger logger, string hook, string @event, string labels, DateTimeOffset until, string problem);

    [LoggerMessage(702, LogLevel.Warning, "{Path} is no hook and is skipped: {Reason}")]
    public static partial void HookSkipped(this ILogger logger, string path, string reason);

    [LoggerMessage(703, LogLevel.Debug, "Hook {Hook} said on {Event}: {Output}")]
    public static partial void HookSaid(this ILogger logger, string hook, string @event, string output);

    [LoggerMessage(704, LogLevel.Debug, "Hook {Hook} does not know the event {Event}")]
    public static partial void HookKnowsNot(this ILogger logger, string hook, string @event);

    [LoggerMessage(705, LogLevel.Warning, "{Label}: hook {Hook} does not want the certificate to be ordered, and {Next}: {Reason}")]
    public static partial void HookVetoed(this ILogger logger, string label, string hook, string next, string reason);

    [LoggerMessage(706, LogLevel.Warning, "{Label}: hook {Hook} could not be asked before the order, which goes on: {Problem}")]
    public static partial void HookNotAsked(this ILogger logger, string label, string hook, string problem);

    [LoggerMessage(707, LogLevel.Information, "Hook {Hook} is not configured any more, and is not told what it was owed: {Count} notices")]
    public static partial void HookGone(this ILogger logger, string hook, int count);

    [LoggerMessage(708, LogLevel.Warning, "What hooks are owed cannot be written now: {Problem}")]
    public static partial void DeliveriesNotKept(this ILogger logger, string problem);

    [LoggerMessage(709, LogLevel.Debug, "{Label}: the link to {Generation} waits until the hook that reads it has ended")]
    public static partial void LinkWaits(this ILogger logger, string label, string? generation);
}
