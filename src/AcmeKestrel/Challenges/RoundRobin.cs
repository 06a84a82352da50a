namespace AcmeKestrel.Challenges;

/// <summary>
/// So many have a place at once. Whoever waits for one stands in his network's line, and a place that becomes free goes to the line that has waited longest for one: a long line makes nobody of
/// another network wait longer.
/// </summary>
internal sealed class RoundRobin(int places)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, Line> _lines = new(StringComparer.Ordinal);

    /// <summary>The lines in which somebody stands; the first one is next.</summary>
    private readonly LinkedList<Line> _round = [];
    private int _free = places;

    /// <summary>When it returns there is a place, which is left again.</summary>
    /// <exception cref="OperationCanceledException">None became free in time.</exception>
    public async Task EnterAsync(string network, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (Join(network) is not { } waiter) return;

        using var patience = cancellationToken.UnsafeRegister(_ => GiveUp(waiter, cancellationToken), null);
        await waiter.Value.Place.Task.ConfigureAwait(false);
    }

    public void Leave()
    {
        LinkedListNode<Waiter> next;
        lock (_gate)
        {
            if (_round.First is not { } first)
            {
                _free++;
                return;
            }

            _round.Remove(first);
            _round.AddLast(first);
            next = first.Value.Waiters.First!;
            Remove(next);
        }

        next.Value.Place.SetResult();
    }

    /// <summary>Null: a place was free.</summary>
    private LinkedListNode<Waiter>? Join(string network)
    {
        lock (_gate)
        {
            if (_free > 0)
            {
                _free--;
                return null;
            }

            if (!_lines.TryGetValue(network, out var line))
            {
                _lines[network] = line = new Line(network);
                _round.AddLast(line.Turn);
            }

            return line.Waiters.AddLast(new Waiter(line));
        }
    }

    private void GiveUp(LinkedListNode<Waiter> waiter, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            // He has a place already.
            if (waiter.List is null) return;

            Remove(waiter);
        }

        waiter.Value.Place.SetCanceled(cancellationToken);
    }

    private void Remove(LinkedListNode<Waiter> waiter)
    {
        var line = waiter.Value.Line;
        line.Waiters.Remove(waiter);
        if (line.Waiters.Count > 0) return;

        _lines.Remove(line.Network);
        _round.Remove(line.Turn);
    }

    private sealed class Line
    {
        public Line(string network)
        {
            Network = network;
            Turn = new LinkedListNode<Line>(this);
        }

        public string Network { get; }

        /// <summary>Where it is in the round.</summary>
        public LinkedListNode<Line> Turn { get; }

        public LinkedList<Waiter> Waiters { get; } = [];
    }

    private sealed class Waiter(Line line)
    {
        public Line Line { get; } = line;

        public TaskCompletionSource Place { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
