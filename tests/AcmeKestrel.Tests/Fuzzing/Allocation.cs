namespace AcmeKestrel.Tests.Fuzzing;

/// <summary>Holds a parser to bounded memory. What a thread allocates is counted exactly, so a fuzz test with this runs on one thread.</summary>
internal static class Allocation
{
    /// <summary>Reads, and fails where the reading allocated more than this many bytes for each unit of input and a constant on top of it.</summary>
    public static T Within<T>(int perUnit, int constant, int units, Func<T> read)
    {
        var before = GC.GetAllocatedBytesForCurrentThread();
        var result = read();
        var allocated = GC.GetAllocatedBytesForCurrentThread() - before;

        var limit = ((long)perUnit * units) + constant;
        if (allocated > limit) Assert.Fail($"{allocated} bytes were allocated for an input of {units}; {limit} are allowed.");
        return result;
    }
}
