namespace AcmeKestrel.Storage.Files.Blocking;

/// <summary>
/// Threads for calls of the system that block, so that none of the pool's does: a disk that hangs keeps those that ask it, and nobody else. First come, first served. There are a few; another one is added when something
/// waits while for a moment none of them comes to an end, and whoever has had nothing to do for a while ends. What goes on after such a call goes on in the pool.
/// </summary>
internal sealed class FileThreads : TaskScheduler, IDisposable
{
    /// <summary>A thread that hangs costs some tens of kilobytes.</summary>
    private const int Most = 1024;

    private static readonly int Few = Math.Max(4, Environment.ProcessorCount);
    private static readonly TimeSpan Stall = TimeSpan.FromMilliseconds(10);
    private static readonly TimeSpan Idle = TimeSpan.FromSeconds(2);

    private readonly Queue<Task> _waiting = [];
    private readonly Action<ThreadStart> _start;

    /// <summary>Goes on after the end, since somebody may still ask then; one that is not set goes with this.</summary>
    private readonly Timer _look;
    private int _threads;
    private int _idle;
    private bool _isWatched;
    private long _begun;
    private long _begunAtLook;
    private bool _isOver;

    public FileThreads()
        : this(work => new Thread(work) { IsBackground = true, Name = "AcmeKestrel files" }.UnsafeStart())
    {
    }

    public FileThreads(Action<ThreadStart> start)
    {
        _start = start;
        _look = new Timer(_ => Look(), null, Timeout.Infinite, Timeout.Infinite);
    }

    /// <summary>Those that hang included.</summary>
    public int Count => Volatile.Read(ref _threads);

    /// <summary>Whoever has nothing to do ends at once. What is asked for later is done all the same.</summary>
    public void Dispose()
    {
        lock (_waiting)
        {
            _isOver = true;
            Monitor.PulseAll(_waiting);
        }
    }

    protected override void QueueTask(Task task)
    {
        lock (_waiting)
        {
            _waiting.Enqueue(task);
            if (_idle >= _waiting.Count) Monitor.Pulse(_waiting);
            else if (_threads < Few) Add();
            else Watch();
        }
    }

    /// <summary>Whoever waits for it is none of these threads.</summary>
    protected override bool TryExecuteTaskInline(Task task, bool taskWasPreviouslyQueued) => false;

    protected override IEnumerable<Task> GetScheduledTasks()
    {
        lock (_waiting) return [.. _waiting];
    }

    private void Add()
    {
        _threads++;
        try
        {
            _start(Work);
        }
        catch (Exception e) when (e is OutOfMemoryException or ThreadStartException)
        {
            // The system has none to give now (a limit on tasks): what waits goes to one that is there, or to one that a later look gets.
            _threads--;
            Watch();
        }
    }

    private void Watch()
    {
        if (_isWatched) return;

        (_isWatched, _begunAtLook) = (true, _begun);
        _look.Change(Stall, Timeout.InfiniteTimeSpan);
    }

    private void Look()
    {
        lock (_waiting)
        {
            _isWatched = false;
            if (_waiting.Count == 0) return;

            if (_begun == _begunAtLook && _threads < Most) Add();
            Watch();
        }
    }

    private void Work()
    {
        while (Take() is { } task) TryExecuteTask(task);
    }

    private Task? Take()
    {
        lock (_waiting)
        {
            Task? task;
            while (!_waiting.TryDequeue(out task))
            {
                _idle++;
                var isWanted = !_isOver && Monitor.Wait(_waiting, Idle);
                _idle--;
                if (isWanted || _waiting.Count > 0) continue;

                _threads--;
                return null;
            }

            _begun++;
            return task;
        }
    }
}
