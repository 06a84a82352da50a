using AcmeKestrel.InteropTests.LocalCa;

namespace AcmeKestrel.InteropTests.Edge;

/// <summary>A container that dies again and again, with real processes on one state directory and a name that the CA cannot reach.</summary>
public sealed class CrashLoopTests
{
    private const string Name = "shop.test";

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Processes_that_are_killed_again_and_again_ask_no_more_of_the_CA_than_one_that_runs_on()
    {
        await using var steadyCa = await LocalCaApp.StartAsync();
        await using var steady = new SampleEdge();
        await FailAsync(steady.Using(steadyCa, Name).Start());

        // It is ahead from here on: whatever the ladder lets the others ask for it has asked for before.
        await using var ca = await LocalCaApp.StartAsync();
        await using var edge = new SampleEdge();
        edge.Using(ca, Name);
        var asking = 0;
        for (var start = 0; start < CrashStarts.Count; start++)
        {
            var before = ca.Requests.Count;
            await FailAsync(edge.Start());
            await edge.Process.KillAsync(Stop);
            if (ca.Requests.Count > before) asking++;
        }

        var (running, killed) = (steadyCa.Requests, ca.Requests);
        Assert.False(steady.Process.HasExited, steady.Process.Output);
        Assert.InRange(Count(killed, "new-order"), 2, Count(running, "new-order"));
        Assert.InRange(Count(killed, "challenge"), 2, Count(running, "challenge"));
        Assert.Equal((1, 0), (Count(killed, "new-account"), Count(killed, "finalize")));

        // Whoever has nothing to ask asks nothing at all. How often an order is looked at goes by the clock, and a process that has something to ask reads the directory and takes a nonce first.
        Assert.InRange(asking, 1, Count(killed, "new-order"));
        Assert.InRange(Count(killed, "directory", "new-nonce"), 2, 2 * asking);
        Assert.Empty(Directory.EnumerateFiles(edge.InState("orders")));
    }

    /// <summary>The attempt has failed, or the process knows that it did and waits: its schedule was read.</summary>
    private static Task<string> FailAsync(ChildProcess process) =>
        process.LineAsync(line => line.StartsWith($"{Name}: failed", StringComparison.Ordinal) || line.StartsWith($"{Name}: Failing", StringComparison.Ordinal), Stop);

    private static int Count(IReadOnlyList<string> requests, params string[] resources) => requests.Count(resources.Contains);
}
