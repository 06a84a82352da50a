using System.Globalization;

namespace AcmeKestrel.Tests.Soak;

/// <summary>What this process takes of the machine; to be read, not to be judged by.</summary>
internal static class ProcessMemory
{
    /// <summary>Mebibytes after a collection; 0 where the system does not say.</summary>
    public static long Pss()
    {
        if (!OperatingSystem.IsLinux()) return 0;

        GC.Collect();
        GC.WaitForPendingFinalizers();
        var line = File.ReadLines("/proc/self/smaps_rollup").First(line => line.StartsWith("Pss:", StringComparison.Ordinal));
        return long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) / 1024;
    }
}
