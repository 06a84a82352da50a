using System.Diagnostics;
using System.Runtime.InteropServices;

namespace AcmeKestrel.InteropTests.Edge;

/// <summary>A program started by a test, its output line by line, and its end: it never outlives the test.</summary>
internal sealed partial class ChildProcess : IAsyncDisposable
{
    private const int Terminate = 15;

    private readonly Process _process;
    private readonly Lock _gate = new();
    private readonly List<string> _lines = [];
    private TaskCompletionSource _changed = NewSignal();

    private ChildProcess(ProcessStartInfo start)
    {
        _process = new Process { StartInfo = start, EnableRaisingEvents = true };
        _process.OutputDataReceived += (_, line) => Add(line.Data);
        _process.ErrorDataReceived += (_, line) => Add(line.Data);
        _process.Exited += (_, _) => Signal();
        _process.Start();
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    /// <summary>What <c>DOTNET_ROOT</c> is to be for a .NET program that is not native: the runtime of this process, wherever it is installed.</summary>
    public static string DotNetRoot { get; } = Path.GetFullPath(Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "..", "..", ".."));

    public string Output
    {
        get
        {
            lock (_gate) return string.Join('\n', _lines);
        }
    }

    public int Id => _process.Id;

    public bool HasExited => _process.HasExited;

    public static ChildProcess Start(string program, IEnumerable<string> arguments, IEnumerable<KeyValuePair<string, string>> environment, string workingDirectory)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = workingDirectory };
        foreach (var (name, value) in environment) start.Environment[name] = value;
        return new ChildProcess(start);
    }

    /// <summary>The first line that matches, come or to come.</summary>
    public async Task<string> LineAsync(Func<string, bool> match, CancellationToken cancellationToken)
    {
        using var patience = Patience.Linked(cancellationToken);
        while (true)
        {
            Task changed;
            lock (_gate)
            {
                if (_lines.Find(line => match(line)) is { } found) return found;
                changed = _changed.Task;
            }

            if (_process.HasExited)
            {
                await _process.WaitForExitAsync(cancellationToken);
                lock (_gate) return _lines.Find(line => match(line)) ?? throw new InvalidOperationException($"It ended with {_process.ExitCode}:\n{string.Join('\n', _lines)}");
            }

            try
            {
                await changed.WaitAsync(patience.Token);
            }
            catch (OperationCanceledException)
            {
                throw new TimeoutException($"The line never came. Output:\n{Output}");
            }
        }
    }

    /// <summary>Waits for its own end; the exit code.</summary>
    public async Task<int> ExitAsync(CancellationToken cancellationToken)
    {
        using var patience = Patience.Linked(cancellationToken);
        try
        {
            await _process.WaitForExitAsync(patience.Token);
        }
        catch (OperationCanceledException)
        {
            throw new TimeoutException($"It did not end. Output:\n{Output}");
        }

        return _process.ExitCode;
    }

    /// <summary>SIGTERM, and waits for the end.</summary>
    public async Task<int> StopAsync(CancellationToken cancellationToken)
    {
        if (!_process.HasExited) _ = Kill(_process.Id, Terminate);
        return await ExitAsync(cancellationToken);
    }

    /// <summary>SIGKILL: nothing of the program runs after this.</summary>
    public async Task KillAsync(CancellationToken cancellationToken)
    {
        _process.Kill();
        await ExitAsync(cancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited) _process.Kill(entireProcessTree: true);
        await _process.WaitForExitAsync();
        _process.Dispose();
    }

    private void Add(string? line)
    {
        if (line is null) return;

        lock (_gate) _lines.Add(line);
        Signal();
    }

    private void Signal()
    {
        TaskCompletionSource signal;
        lock (_gate) (signal, _changed) = (_changed, NewSignal());
        signal.TrySetResult();
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int Kill(int process, int signal);
}
