using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using System.Text;

namespace AcmeKestrel.Hooks.Programs;

/// <summary>All that a program started, whatever has become of its parent, by a word of the environment that each of them hands on: for programs that have no session of their own.</summary>
[SupportedOSPlatform("linux")]
internal static partial class MarkedProcesses
{
    /// <summary>The variable.</summary>
    public const string Name = "ACME_MARK";

    private const int Kill = 9; // SIGKILL

    /// <summary>Those who start others while they are ended are looked for again.</summary>
    private const int Rounds = 20;

    public static void End(string mark)
    {
        var word = Encoding.ASCII.GetBytes($"{Name}={mark}");
        for (var round = 0; round < Rounds; round++)
        {
            var marked = Find(word);
            if (marked.Count == 0) return;
            foreach (var id in marked) _ = NativeKill(id, Kill);
        }
    }

    private static List<int> Find(byte[] word)
    {
        var marked = new List<int>();
        foreach (var folder in Directory.EnumerateDirectories("/proc"))
        {
            if (!int.TryParse(Path.GetFileName(folder), out var id)) continue;
            try
            {
                if (File.ReadAllBytes(Path.Combine(folder, "environ")).AsSpan().IndexOf(word) >= 0) marked.Add(id);
            }
            catch (Exception gone) when (gone is IOException or UnauthorizedAccessException)
            {
                // It has ended meanwhile, or is another user's.
            }
        }

        return marked;
    }

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    private static partial int NativeKill(int id, int signal);
}
