using System.Collections.Concurrent;
using System.Runtime.CompilerServices;

namespace AcmeKestrel.Storage.Files.Blocking;

/// <summary>
/// Reads records, and waits so long for each and no longer: the disk or the file server may never answer. One that hangs is told as late, is passed by whoever reads many, and is not asked for again
/// before that reading has come to its end: it keeps one thread, and costs its own name. What waits for a thread does not hang.
/// </summary>
/// <param name="work">Where they are read.</param>
/// <param name="patience">With one record.</param>
/// <param name="time">The disk's.</param>
internal sealed class PatientReads(FileWork work, TimeSpan patience, TimeProvider time)
{
    private readonly ConcurrentDictionary<RecordPlace, Task> _hanging = [];

    /// <summary>A write in the place of one that hangs would hang as well, in its turn, and keep all others from theirs.</summary>
    public void CheckAnswers(RecordPlace place)
    {
        if (Hangs(place)) throw new StoreUnavailableException(RecordReader.Late(place).Error!);
    }

    public async Task<T> ReadAsync<T>(RecordPlace place, Func<T> read, Func<RecordPlace, T> late, CancellationToken cancellationToken)
    {
        if (Hangs(place)) return late(place);

        var begun = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var reading = work.RunAsync(
            () =>
            {
                begun.SetResult();
                return read();
            },
            cancellationToken);
        await Task.WhenAny(begun.Task, reading).ConfigureAwait(false);
        if (await EndsAsync(reading, patience).ConfigureAwait(false)) return await reading.ConfigureAwait(false);

        _ = RememberAsync(place, reading);
        return late(place);
    }

    /// <summary>One after another, some at a time.</summary>
    /// <param name="places">In whose order they come.</param>
    /// <param name="read">Null: there is none.</param>
    /// <param name="late">What is told of one that hangs.</param>
    /// <param name="atOnce">How many are read before any of them is given out.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    public async IAsyncEnumerable<IReadOnlyList<T>> ReadAllAsync<T>(IReadOnlyList<RecordPlace> places, Func<RecordPlace, T?> read, Func<RecordPlace, T> late, int atOnce, [EnumeratorCancellation] CancellationToken cancellationToken)
        where T : class
    {
        for (var next = 0; next < places.Count;)
        {
            var stretch = new Stretch<T>(places, next, Math.Min(places.Count, next + atOnce), place => Hangs(place) ? late(place) : read(place));
            var reading = work.RunAsync(stretch.Run, cancellationToken);
            if (await stretch.PassAsync(() => EndsAsync(reading, patience / 2)).ConfigureAwait(false) is { } hanging)
            {
                _ = RememberAsync(hanging, reading);
                stretch.Found.Add(late(hanging));
            }
            else
            {
                // What broke off is no end.
                await reading.ConfigureAwait(false);
            }

            next = stretch.Next;
            yield return stretch.Found;
        }
    }

    private bool Hangs(RecordPlace place) => _hanging.ContainsKey(place);

    private async Task RememberAsync(RecordPlace place, Task reading)
    {
        _hanging[place] = reading;
        await reading.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _hanging.TryRemove(new KeyValuePair<RecordPlace, Task>(place, reading));
    }

    /// <summary>False: not yet.</summary>
    private async Task<bool> EndsAsync(Task reading, TimeSpan within)
    {
        await reading.WaitAsync(within, time).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return reading.IsCompleted;
    }

    /// <summary>Some records that one thread reads one after another, until it is left alone with one that hangs.</summary>
    private sealed class Stretch<T>(IReadOnlyList<RecordPlace> places, int begin, int end, Func<RecordPlace, T?> read)
        where T : class
    {
        private readonly Lock _gate = new();

        /// <summary>The one that is being read.</summary>
        private int _at = begin - 1;
        private bool _isPassed;

        /// <summary>Not touched by its thread once that was passed.</summary>
        public List<T> Found { get; } = [];

        public int Next => _isPassed ? _at + 1 : end;

        /// <returns>False: it was passed.</returns>
        public bool Run()
        {
            var goesOn = GoTo(begin, null);
            for (var at = begin; goesOn && at < end; at++) goesOn = GoTo(at + 1, read(places[at]));
            return goesOn;
        }

        /// <summary>Waits for its end, or passes the record in which it hangs.</summary>
        /// <param name="endsAsync">Waits for its end, for half of what one record is waited for.</param>
        public async Task<RecordPlace?> PassAsync(Func<Task<bool>> endsAsync)
        {
            var before = -1;
            while (!await endsAsync().ConfigureAwait(false))
            {
                lock (_gate)
                {
                    // It may wait for a thread, or have come on meanwhile.
                    if (_at >= begin && _at < end && _at == before)
                    {
                        _isPassed = true;
                        return places[_at];
                    }

                    before = _at;
                }
            }

            return null;
        }

        private bool GoTo(int next, T? found)
        {
            lock (_gate)
            {
                if (_isPassed) return false;
                if (found is not null) Found.Add(found);
                _at = next;
                return true;
            }
        }
    }
}
