using AcmeKestrel.Storage.Files.Blocking;

namespace AcmeKestrel.Tests.Storage;

/// <summary>Whatever the system has of threads, and however late somebody asks: what is asked for is done.</summary>
public sealed class FileThreadsTests : IDisposable
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);

    private readonly ManualResetEventSlim _mended = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => _mended.Dispose();

    [Fact]
    public async Task What_is_asked_for_while_the_system_has_no_thread_waits_until_it_has_one()
    {
        var tries = 0;
        using var threads = new FileThreads(work =>
        {
            if (Interlocked.Increment(ref tries) <= 3) throw new OutOfMemoryException();
            new Thread(work) { IsBackground = true }.Start();
        });

        Assert.Equal(1, await RunAsync(threads, () => 1).WaitAsync(Deadline, Cancel));

        // Three were refused; one that is slow to begin has another one added.
        Assert.InRange(tries, 4, 1000);
    }

    [Fact]
    public async Task What_waits_at_the_end_or_comes_after_it_is_done_though_others_hang()
    {
        const int Hanging = 100;
        using var begun = new CountdownEvent(Hanging);
        var threads = new FileThreads();
        var late = new List<Task<int>>();
        try
        {
            for (var number = 0; number < Hanging; number++) late.Add(RunAsync(threads, Hang));
            threads.Dispose();
            Assert.True(begun.Wait(Deadline, Cancel));

            Assert.Equal(2, await RunAsync(threads, () => 2).WaitAsync(Deadline, Cancel));
        }
        finally
        {
            _mended.Set();
        }

        Assert.All(await Task.WhenAll(late).WaitAsync(Deadline, Cancel), answer => Assert.Equal(1, answer));

        int Hang()
        {
            begun.Signal();
            _mended.Wait();
            return 1;
        }
    }

    private static Task<int> RunAsync(FileThreads threads, Func<int> work) => Task.Factory.StartNew(work, CancellationToken.None, TaskCreationOptions.DenyChildAttach, threads);
}
