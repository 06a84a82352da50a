using AcmeKestrel.Hooks;
using Microsoft.Extensions.Time.Testing;

namespace AcmeKestrel.Tests.Hooks;

public sealed class CodeHookTests : IDisposable
{
    private readonly ManualResetEventSlim _end = new();
    private readonly FakeTimeProvider _time = new();

    public void Dispose() => _end.Dispose();

    /// <summary>It waits for a process or a database, say, and not by an await.</summary>
    [Fact]
    public async Task One_that_keeps_its_thread_is_left_alone_when_its_time_is_over()
    {
        var begun = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var hook = new ToldHook("slow", AcmeHookEvent.LiveUpdated)
        {
            Answer = _ =>
            {
                begun.SetResult();
                _end.Wait(TestContext.Current.CancellationToken);
                return Task.FromResult(AcmeHookResult.Done);
            },
        };
        try
        {
            var called = Task.Run(() => new CodeHook("code.slow", hook, _time).TellAsync(new AcmeHookCall(AcmeHookEvent.LiveUpdated, "1", _time.GetUtcNow(), []), TestContext.Current.CancellationToken), TestContext.Current.CancellationToken);
            await begun.Task;
            _time.Advance(HookLimits.Call);

            Assert.Equal("it did not end within 00:02:00", (await called.WaitAsync(TimeSpan.FromMinutes(1), TestContext.Current.CancellationToken)).Problem);
        }
        finally
        {
            _end.Set();
        }
    }
}
