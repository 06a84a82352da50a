using System.IO.Pipes;

namespace AcmeKestrel.Hooks.Programs;

/// <summary>What a program said before it ended.</summary>
internal static class LastWords
{
    /// <summary>What a program that has ended left running may hold its output open: nobody waits for that.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(500);

    /// <param name="listening">Reads the outputs, until <paramref name="over"/> is cancelled.</param>
    public static async Task HearAsync(Task listening, CancellationTokenSource over, params (Stream Said, ProgramOutput Output)[] outputs)
    {
        await listening.WaitAsync(Patience, CancellationToken.None).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (listening.IsCompleted) return;

        // Whatever holds them open, or however busy this process is: what was said so far is there.
        await over.CancelAsync().ConfigureAwait(false);
        await listening.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (!OperatingSystem.IsLinux()) return;

        foreach (var (said, output) in outputs)
        {
            if (said is PipeStream pipe) PipeRest.Read(pipe, output);
        }
    }
}
