namespace AcmeKestrel.Tests.Fuzzing;

/// <summary>Holds a parser to bounded memory. What a thread allocates is counted exactly, so a fuzz test with this runs on one thread.</summary>
internal static class Allocation
{
    /// <summary>
    /// Reads, and fails where the reading allocated more than this many bytes for each unit of input and a constant on top of it. What is over that is read once more: an array that a shared pool had to make anew, since a collection had
    /// emptied it, is there the second time.
    /// </summary>
    public static T Within<T>(int perUnit, int constant, int units, Func<T> read)
    {
        var limit = ((long)perUnit * units) + constant;
        var (result, allocated) = Measure(read);
        if (allocated > limit) (result, allocated) = Measure(read);
        if (allocated > limit) Assert.Fail($"{allocated} bytes were allocated for an input of {units}; {limit} are allowed.");
        return result;
    }

    private static (T Result, long Allocated) Measure<T>(Func<T> read)
    {
        var before = GC.GetAllocatedBytesForCurrentThread();
        var result = read();
        return (result, GC.GetAllocatedBytesForCurrentThread() - before);
    }
}
