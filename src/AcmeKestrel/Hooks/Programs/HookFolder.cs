using System.Collections.Concurrent;
using AcmeKestrel.Diagnostics;
using AcmeKestrel.Configuration.Hooks;
using Microsoft.Extensions.Logging;

namespace AcmeKestrel.Hooks.Programs;

/// <summary>The programs in a folder, as run-parts takes them: by their names' bytes, without what is hidden, not executable or everybody's to write. What is skipped is said once.</summary>
internal sealed class HookFolder(IFileFacts files, FileTrust trust, ILogger<HookFolder> logger)
{
    /// <summary>What was said of a path last.</summary>
    private readonly ConcurrentDictionary<string, string> _said = new(StringComparer.Ordinal);

    /// <summary>What each folder held when it could be read last.</summary>
    private readonly ConcurrentDictionary<string, IReadOnlyList<string>> _known = new(StringComparer.Ordinal);

    public bool IsReadable(string folder) => files.List(folder) is not null;

    /// <summary>Their paths. One that may not be run is among them: it is told of that, and what it is owed stays owed. So are those of a folder that cannot be read for a moment: what happens meanwhile is owed to them.</summary>
    public IReadOnlyList<string> List(string folder)
    {
        if (files.List(folder) is not { } names)
        {
            Say(folder, "it cannot be read");
            return files.Find(folder) is null ? _known[folder] = [] : _known.GetValueOrDefault(folder, []);
        }

        if (trust.FaultOfFolder(folder) is { } fault)
        {
            Say(folder, fault);
            return _known[folder] = [];
        }

        _said.TryRemove(folder, out _);
        return _known[folder] = [.. names.Order(StringComparer.Ordinal).Select(name => Path.Combine(folder, name)).Where(IsProgram)];
    }

    private bool IsProgram(string path)
    {
        var why = WhyNot(path);
        if (why is null) _said.TryRemove(path, out _);
        else Say(path, why);
        return why is null;
    }

    private string? WhyNot(string path)
    {
        var name = Path.GetFileName(path);
        if (!HookName.Is(name)) return name.StartsWith('.') ? "it is hidden" : "its name has other characters than letters, digits, '.', '-' and '_'";

        // Through links: where they lead to is looked at when it is to be run.
        if (files.Find(path) is not { } found) return "it is gone";
        if (found.Target is not null || files.User is null) return null;
        if (found.IsFolder) return "it is a folder";
        if (!found.IsExecutable) return "it is not executable";
        return found.Mode.HasFlag(UnixFileMode.OtherWrite) ? "everybody may write to it" : null;
    }

    private void Say(string path, string why)
    {
        if (_said.TryGetValue(path, out var said) && said == why) return;
        _said[path] = why;
        logger.HookSkipped(path, why);
    }
}
