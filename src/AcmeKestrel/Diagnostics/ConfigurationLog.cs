using Microsoft.Extensions.Logging;

namespace AcmeKestrel.Diagnostics;

/// <summary>Log events 100 to 199: the configuration.</summary>
internal static partial class ConfigurationLog
{
    [LoggerMessage(100, LogLevel.Error, "The changed configuration is refused; the settings before it stay in force. {Problems}")]
    public static partial void ReloadRefused(this ILogger logger, string problems);

    [LoggerMessage(101, LogLevel.Debug, "The configuration was read again.")]
    public static partial void Reloaded(this ILogger logger);

    [LoggerMessage(102, LogLevel.Warning, "Acme:StateDirectory has changed; until the next start the state stays in {StateDirectory}.")]
    public static partial void StateDirectoryNeedsRestart(this ILogger logger, string stateDirectory);

    [LoggerMessage(103, LogLevel.Warning, "Acme:Store has changed; until the next start the state stays where it is ({Type}).")]
    public static partial void StoreNeedsRestart(this ILogger logger, string type);
}
