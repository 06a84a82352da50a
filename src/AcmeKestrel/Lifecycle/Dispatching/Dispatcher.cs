using AcmeKestrel.Diagnostics;
using Microsoft.Extensions.Logging;

namespace AcmeKestrel.Lifecycle.Dispatching;

/// <summary>What is done for a label; returns when it is due again, or null: when somebody asks for it.</summary>
internal delegate Task<DateTimeOffset?> LabelWork(string label, CancellationToken cancellationToken);

/// <summary>
/// Runs what is due: a task for each label that has a slot, none for those that wait, however many they are. The worker lets it run by itself; whoever lives in virtual
/// time takes it step by step.
/// </summary>
internal sealed class Dispatcher : ILabelWaker, IDisposable
{
    /// <summary>A timer counts the time that passes, not the clock: that the clock was set, or that the machine slept, is noticed within this.</summary>
    private static readonly TimeSpan LongestTimer = TimeSpan.FromMinutes(1);

    private static readonly TimeSpan AfterSurprise = TimeSpan.FromMinutes(1);

    private readonly DueQueue _queue;
    private readonly TimeProvider _time;
    private readonly ILogger<Dispatcher> _logger;
    private readonly ITimer _timer;
    private readonly Lock _gate = new();
    private readonly TaskCompletionSource _stopped = NewSignal();
    private TaskCompletionSource _changed = NewSignal();
    private TaskCompletionSource _idle = NewSignal();
    private int _running;
    private int _pauses;

    public Dispatcher(DueQueue queue, TimeProvider time, ILogger<Dispatcher> logger)
    {
        (_queue, _time, _logger) = (queue, time, logger);
        _timer = time.CreateTimer(_ => Signal(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        _queue.Changed += Signal;
    }

    /// <summary>When the next label is due; null: none.</summary>
    public DateTimeOffset? NextDue => _queue.NextDue;

    public void Wake(string label) => _queue.Set(label, _time.GetUtcNow());

    public void WakeBy(string label, DateTimeOffset time) => _queue.Set(label, time);

    /// <summary>Runs what is due when it is due, until cancelled.</summary>
    public async Task RunAsync(LabelWork work, CancellationToken cancellationToken)
    {
        cancellationToken.UnsafeRegister(static stopped => ((TaskCompletionSource)stopped!).TrySetResult(), _stopped);
        while (true)
        {
            Task changed;
            lock (_gate)
            {
                if (_changed.Task.IsCompleted) _changed = NewSignal();
                changed = _changed.Task;
            }

            // Looked at after the signal was renewed: nothing that is set meanwhile is missed.
            while (TryBegin() is { } label) _ = WorkApartAsync(label, work, cancellationToken);

            SetTimer();
            await changed.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>What somebody waits for who asked something of labels. Once the application stops none is looked at any more, and whoever waited on would hold up the stop.</summary>
    /// <exception cref="OperationCanceledException">The token was cancelled, or the application stops.</exception>
    public async Task<T> WhileRunningAsync<T>(Task<T> awaited, CancellationToken cancellationToken)
    {
        await Task.WhenAny(awaited, _stopped.Task).WaitAsync(cancellationToken).ConfigureAwait(false);
        return awaited.IsCompleted ? await awaited.ConfigureAwait(false) : throw new OperationCanceledException("The application stops: no certificate is looked at any more.");
    }

    /// <summary>Runs the next label that is due now, to its end; false where none is.</summary>
    public async Task<bool> RunNextAsync(LabelWork work, CancellationToken cancellationToken)
    {
        if (TryBegin() is not { } label) return false;

        await WorkAsync(label, work, cancellationToken).ConfigureAwait(false);
        return true;
    }

    /// <summary>No label is at work when it returns, and none begins before it is disposed. What becomes due meanwhile waits.</summary>
    public async Task<IDisposable> PauseAsync(CancellationToken cancellationToken)
    {
        Task idle;
        lock (_gate)
        {
            _pauses++;
            idle = _running == 0 ? Task.CompletedTask : _idle.Task;
        }

        var pause = new Pause(this);
        try
        {
            await idle.WaitAsync(cancellationToken).ConfigureAwait(false);
            return pause;
        }
        catch
        {
            pause.Dispose();
            throw;
        }
    }

    public void Dispose()
    {
        _queue.Changed -= Signal;
        _timer.Dispose();
    }

    private bool IsPaused
    {
        get
        {
            lock (_gate) return _pauses > 0;
        }
    }

    private string? TryBegin()
    {
        lock (_gate)
        {
            if (_pauses > 0) return null;
            _running++;
        }

        // Counted before: a pause that comes between waits for it.
        var label = _queue.TryBegin();
        if (label is null) Ended();
        return label;
    }

    private async Task WorkApartAsync(string label, LabelWork work, CancellationToken cancellationToken)
    {
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        await WorkAsync(label, work, cancellationToken).ConfigureAwait(false);
    }

    private async Task WorkAsync(string label, LabelWork work, CancellationToken cancellationToken)
    {
        DateTimeOffset? due = null;
        try
        {
            due = await work(label, cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // The process stops; the label's records say where to go on.
        }
#pragma warning disable CA1031 // Promise 5: nothing escapes the worker, and no label is lost by a surprise.
        catch (Exception surprise)
#pragma warning restore CA1031
        {
            due = _time.GetUtcNow() + AfterSurprise;
            _logger.UnexpectedFailure(surprise, label);
        }
        finally
        {
            _queue.End(label, due);
            Ended();
        }
    }

    private void Ended()
    {
        TaskCompletionSource? idle = null;
        lock (_gate)
        {
            if (--_running == 0) (idle, _idle) = (_idle, NewSignal());
        }

        idle?.TrySetResult();
    }

    private void Resume()
    {
        lock (_gate) _pauses--;
        Signal();
    }

    private void SetTimer()
    {
        if (IsPaused || _queue.NextDue is not { } due)
        {
            _timer.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
            return;
        }

        var wait = due - _time.GetUtcNow();
        _timer.Change(wait < TimeSpan.Zero ? TimeSpan.Zero : wait < LongestTimer ? wait : LongestTimer, Timeout.InfiniteTimeSpan);
    }

    private void Signal()
    {
        TaskCompletionSource signal;
        lock (_gate) signal = _changed;
        signal.TrySetResult();
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private sealed class Pause(Dispatcher dispatcher) : IDisposable
    {
        private Dispatcher? _dispatcher = dispatcher;

        public void Dispose() => Interlocked.Exchange(ref _dispatcher, null)?.Resume();
    }
}
