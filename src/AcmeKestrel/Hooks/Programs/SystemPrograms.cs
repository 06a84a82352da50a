using System.Diagnostics;
using System.IO.Pipes;
using System.Runtime.Versioning;

namespace AcmeKestrel.Hooks.Programs;

/// <summary>
/// The programs of this machine. On Linux each gets a session of its own, so that what it starts can be found and ended whoever its parent is by then; .NET's own way, which serves elsewhere, follows parents,
/// and on Linux a mark beside them.
/// </summary>
internal sealed class SystemPrograms(TimeProvider time) : IPrograms
{
    private static readonly TimeSpan LongestDeath = TimeSpan.FromSeconds(5);

    public async Task<ProgramResult> RunAsync(ProgramCall call, CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(call.Limit, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, limit.Token);
        var output = new ProgramOutput();
        ProgramEnd end;
        try
        {
            end = OperatingSystem.IsLinux() && SessionProcess.IsPossible
                ? await RunInSessionAsync(call, output, either.Token).ConfigureAwait(false)
                : await RunAsChildAsync(call, output, either.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            cancellationToken.ThrowIfCancellationRequested();
            end = new ProgramEnd(null, $"it did not end within {call.Limit}, and was ended with all that it started");
        }
        catch (Exception unstarted) when (unstarted is IOException or UnauthorizedAccessException or System.ComponentModel.Win32Exception)
        {
            end = new ProgramEnd(null, HookLimits.Short($"it could not be started: {unstarted.Message}"));
        }

        return new ProgramResult(end.Code, end.Fault, output.End());
    }

    [SupportedOSPlatform("linux")]
    private static async Task<ProgramEnd> RunInSessionAsync(ProgramCall call, ProgramOutput output, CancellationToken cancellationToken)
    {
        using var said = new AnonymousPipeServerStream(PipeDirection.In, HandleInheritability.None);
        using var input = new AnonymousPipeServerStream(PipeDirection.Out, HandleInheritability.None);
        var process = SessionProcess.Start(call, input.ClientSafePipeHandle, said.ClientSafePipeHandle);
        said.DisposeLocalCopyOfClientHandle();
        input.DisposeLocalCopyOfClientHandle();

        using var over = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var listening = ListenAsync(said, output, over.Token);
        var telling = TellAsync(input, call.Input, over.Token);
        try
        {
            var end = await process.Ended.WaitAsync(cancellationToken).ConfigureAwait(false);
            await LastWords.HearAsync(listening, over, (said, output)).ConfigureAwait(false);
            return end;
        }
        catch (OperationCanceledException)
        {
            await process.EndAllAsync().ConfigureAwait(false);
            throw;
        }
        finally
        {
            await over.CancelAsync().ConfigureAwait(false);
            await listening.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await telling.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private static async Task<ProgramEnd> RunAsChildAsync(ProgramCall call, ProgramOutput output, CancellationToken cancellationToken)
    {
        var start = new ProcessStartInfo(call.Command, call.Arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
            CreateNoWindow = true,
            WorkingDirectory = Path.GetPathRoot(call.Command),
        };
        start.Environment.Clear();
        foreach (var (name, value) in call.Environment) start.Environment[name] = value;
        var mark = Guid.NewGuid().ToString("N");
        if (OperatingSystem.IsLinux())
        {
            start.Environment[MarkedProcesses.Name] = mark;
            ChildSignal.Heed();
        }

        using var process = Process.Start(start)!;
        var errors = new ProgramOutput();
        using var over = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var listening = Task.WhenAll(ListenAsync(process.StandardOutput.BaseStream, output, over.Token), ListenAsync(process.StandardError.BaseStream, errors, over.Token));
        var telling = TellAsync(process.StandardInput.BaseStream, call.Input, over.Token);
        try
        {
            await process.WaitForExitAsync(cancellationToken).ConfigureAwait(false);
            await LastWords.HearAsync(listening, over, (process.StandardOutput.BaseStream, output), (process.StandardError.BaseStream, errors)).ConfigureAwait(false);
            return EndOf(process.ExitCode);
        }
        catch (OperationCanceledException)
        {
            await EndAllAsync(process, mark).ConfigureAwait(false);
            throw;
        }
        finally
        {
            await over.CancelAsync().ConfigureAwait(false);
            await listening.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await telling.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);

            // Two pipes know no common order, and what went wrong is to be the last word.
            output.Add(errors);
        }
    }

    /// <summary>.NET tells of a signal by 128 and its number, as a shell does.</summary>
    private static ProgramEnd EndOf(int code) => !OperatingSystem.IsWindows() && code is > 128 and <= 192 ? ProgramEnd.BySignal : new ProgramEnd(code);

    private static async Task EndAllAsync(Process process, string mark)
    {
        try
        {
            process.Kill(entireProcessTree: true);
        }
        catch (Exception left) when (left is AggregateException or InvalidOperationException or System.ComponentModel.Win32Exception)
        {
            // Some of it is another user's, or ends by itself.
        }

        if (OperatingSystem.IsLinux()) MarkedProcesses.End(mark);
        await process.WaitForExitAsync().WaitAsync(LongestDeath).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    /// <summary>Read to its end, however much is kept: a program must not stand still because nobody reads.</summary>
    private static async Task ListenAsync(Stream said, ProgramOutput output, CancellationToken cancellationToken)
    {
        var bytes = new byte[4096];
        while (await said.ReadAsync(bytes, cancellationToken).ConfigureAwait(false) is > 0 and var read)
        {
            lock (output) output.Add(bytes.AsSpan(0, read));
        }
    }

    /// <summary>A program need not read what it is told.</summary>
    private static async Task TellAsync(Stream input, ReadOnlyMemory<byte> told, CancellationToken cancellationToken)
    {
        try
        {
            await input.WriteAsync(told, cancellationToken).ConfigureAwait(false);
        }
        catch (IOException)
        {
            // It has ended, or closed its input.
        }
        finally
        {
            await input.DisposeAsync().ConfigureAwait(false);
        }
    }
}
