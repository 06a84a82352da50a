namespace AcmeKestrel.CommandLine.Importing;

/// <summary>What still has another client renew: systemd's timers that are switched on, and lines of cron.</summary>
internal static class OtherTimers
{
    private static readonly string[] CronFolders = ["etc/cron.d", "etc/cron.hourly", "etc/cron.daily", "etc/cron.weekly", "etc/cron.monthly", "var/spool/cron/crontabs", "var/spool/cron"];

    /// <param name="client">The program's name.</param>
    /// <param name="root">Of the file system.</param>
    public static IReadOnlyList<ActiveTimer> Find(string client, string root = "/")
    {
        var found = new List<ActiveTimer>();
        foreach (var unit in FilesOf(Path.Combine(root, "etc/systemd/system/timers.target.wants")).Where(path => Path.GetFileName(path).Contains(client, StringComparison.OrdinalIgnoreCase)))
        {
            found.Add(new ActiveTimer(unit, $"systemctl disable --now {Path.GetFileName(unit)}"));
        }

        foreach (var file in CronFolders.SelectMany(folder => FilesOf(Path.Combine(root, folder))).Append(Path.Combine(root, "etc/crontab")))
        {
            if (LineOf(file, client) is { } line) found.Add(new ActiveTimer(file, $"remove line {line}"));
        }

        return found;
    }

    private static IEnumerable<string> FilesOf(string folder)
    {
        try
        {
            return Directory.Exists(folder) ? Directory.GetFileSystemEntries(folder).Order(StringComparer.Ordinal) : [];
        }
        catch (Exception unseen) when (unseen is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }

    /// <summary>The first line that calls it, counted from 1; null: none does, or nobody may see.</summary>
    private static int? LineOf(string file, string client)
    {
        try
        {
            var lines = File.Exists(file) ? System.Text.Encoding.UTF8.GetString(RegularFile.Read(file)).Split('\n') : [];
            var index = Array.FindIndex(lines, line => !line.TrimStart().StartsWith('#') && line.Contains(client, StringComparison.Ordinal));
            return index < 0 ? null : index + 1;
        }
        catch (Exception unseen) when (unseen is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
