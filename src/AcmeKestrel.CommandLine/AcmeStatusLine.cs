using System.Globalization;

namespace AcmeKestrel.CommandLine;

/// <summary>A status as one line for a person.</summary>
public static class AcmeStatusLine
{
    /// <summary>Label, state, and what happened or comes next.</summary>
    public static string Of(AcmeCertificateStatus status)
    {
        ArgumentNullException.ThrowIfNull(status);
        var line = $"{ShownName.Of(status.Label, status)}: {StateOf(status)}";
        if (status.DroppedNames.Count > 0) line += $", without {ShownName.Of(status.DroppedNames, status)}";
        if (status.DroppedProfile is { } profile) line += $", without the profile {profile}";
        if (status.Reason is { } reason) line += $": {OneLine(reason)}";
        if (status.HeldSince is not null) line += $", on hold{(status.HoldReason is { } why ? $" ({OneLine(why)})" : "")}";
        if (status.NextAttempt is { } next) line += $" (next: {Moment(next)})";
        foreach (var file in status.Exports.Where(file => file.Problem is not null)) line += $"; {file.Path}: {OneLine(file.Problem!)}";
        return line;
    }

    private static string StateOf(AcmeCertificateStatus status) => status.State switch
    {
        AcmeCertificateState.Served when status.NotAfter is { } end => $"served until {Moment(end)}, from {status.Provider}",
        AcmeCertificateState.Served => $"served, from {status.Provider}",
        AcmeCertificateState.Ordering => $"being ordered from {status.Provider}",
        AcmeCertificateState.Failing when status.Failures > 1 => $"failed {status.Failures} times in a row",
        AcmeCertificateState.Failing => "failed",
        AcmeCertificateState.Held => "held",
        _ => "waiting",
    };

    /// <summary>A reason may quote a CA, which may send anything.</summary>
    private static string OneLine(string text) => VerbConsole.OneLine(text);

    internal static string Moment(DateTimeOffset moment) => moment.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss'Z'", CultureInfo.InvariantCulture);
}
