namespace AcmeKestrel.CommandLine.Doctoring;

/// <summary>The state directory: whose it is, who may read it, what it lies on.</summary>
internal static class StateLook
{
    private const string Subject = "state";
    private const long Mebibyte = 1024 * 1024;
    private const long Little = 100 * Mebibyte;
    private const long TooLittle = 5 * Mebibyte;

    public static IEnumerable<Finding> Look(IAcmeState state)
    {
        if (state.Directory is not { } directory)
        {
            yield return Finding.Ok(Subject, "it is kept elsewhere than in a folder");
            yield break;
        }

        if (!state.Exists)
        {
            yield return new Finding(Subject, FindingLevel.Warning, $"there is none at {directory} yet", "Start the server, or call 'acme init': the first use makes it. If you expected one, Acme:StateDirectory names another folder than you think.");
            yield break;
        }

        yield return Mode(directory);
        yield return Volume(state);
        yield return Space(directory);
    }

    private static Finding Mode(string directory)
    {
        if (OperatingSystem.IsWindows()) return Finding.Ok(Subject, $"{directory} is there");

        try
        {
            using var entries = Directory.EnumerateFileSystemEntries(directory).GetEnumerator();
            entries.MoveNext();
            var mode = File.GetUnixFileMode(directory);
            return (mode & (UnixFileMode.OtherWrite | UnixFileMode.GroupWrite)) == 0
                ? Finding.Ok(Subject, $"{directory} can be written by its owner alone, and be read by the user {Environment.UserName}")
                : new Finding(Subject, FindingLevel.Wrong, $"{directory} can be written by others ({Convert.ToString((int)mode, 8)})", $"chmod go-w {directory}, and look at what lies in it.");
        }
        catch (Exception refused) when (refused is IOException or UnauthorizedAccessException)
        {
            return new Finding(Subject, FindingLevel.Wrong, $"{directory} cannot be read by {Environment.UserName}: {refused.Message}", "Call it as the user that the server runs as, or as root.");
        }
    }

    /// <summary>By the same table as the server's own warnings.</summary>
    private static Finding Volume(IAcmeState state)
    {
        if (state.FleetingVolume is { } fleeting) return new Finding(Subject, FindingLevel.Warning, $"it lies on {fleeting}: it is empty after a restart of the machine or the container", "Put it on a volume that stays: each start would order every certificate anew, until the CA's limits end that.");
        return state.RemoteVolume is { } remote
            ? new Finding(Subject, FindingLevel.Warning, $"it lies on a network volume ({remote}), where locks and renames cannot be trusted", "Set Acme:StateDirectory to a local folder, one for each host.")
            : Finding.Ok(Subject, "it lies on no volume that is known to forget, or to be another machine's");
    }

    private static Finding Space(string directory)
    {
        if (DriveOf(directory)?.AvailableFreeSpace is not { } free) return new Finding(Subject, FindingLevel.Warning, "it is not known how much room there is");
        if (free >= Little) return Finding.Ok(Subject, $"{free / Mebibyte} MiB are free");
        return new Finding(Subject, free < TooLittle ? FindingLevel.Wrong : FindingLevel.Warning, $"only {free / Mebibyte} MiB are free", "Make room: what cannot be written is not ordered.");
    }

    private static DriveInfo? DriveOf(string directory)
    {
        try
        {
            var drive = new DriveInfo(directory);
            return drive.IsReady ? drive : null;
        }
        catch (Exception unknown) when (unknown is IOException or UnauthorizedAccessException or ArgumentException)
        {
            return null;
        }
    }
}
