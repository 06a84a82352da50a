using System.Diagnostics;
using System.Globalization;

namespace AcmeKestrel.Benchmarks;

/// <summary>Rows of what so many labels cost, in time and in memory.</summary>
internal static class PlanTable
{
    public static void Show(string what, int count, Func<Task> work)
    {
        var (processor, watch) = (Process.GetCurrentProcess().TotalProcessorTime, Stopwatch.StartNew());
        work().GetAwaiter().GetResult();
        processor = Process.GetCurrentProcess().TotalProcessorTime - processor;
        Write($"| {what} | {processor.TotalSeconds:F2} s of processor time, {watch.Elapsed.TotalSeconds:F2} s; {processor.TotalMicroseconds / count:F1} µs each |");
    }

    public static long ShowMemory(string what, int count, long before)
    {
        var after = GC.GetTotalMemory(forceFullCollection: true);
        Write($"| {what} | {(after - before) / (double)count:F0} B |");
        return after;
    }

    public static void Write(FormattableString text) => Console.WriteLine(text.ToString(CultureInfo.InvariantCulture));
}
