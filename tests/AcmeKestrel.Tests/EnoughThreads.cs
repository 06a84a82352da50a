using System.Runtime.CompilerServices;

namespace AcmeKestrel.Tests;

/// <summary>
/// Tests that stand for code which blocks take threads of the pool, which has as many as the machine has processors and then one more each half a second: on a small machine a test would wait for what others do, and for the
/// deadlines of what it tests.
/// </summary>
internal static class EnoughThreads
{
    [ModuleInitializer]
    internal static void Provide() => ThreadPool.SetMinThreads(16, 16);
}
