using AcmeKestrel.Certificates;
using AcmeKestrel.Lifecycle.Dispatching;

namespace AcmeKestrel.Lifecycle.Providers;

/// <summary>
/// Who asks a CA now, and who stands in line for that. A place that becomes free is kept for the next one, who is woken: nobody comes to see whether it is their turn, and nobody who comes later is before them.
/// </summary>
/// <param name="places">So many ask one CA at once.</param>
internal sealed class AskingLine(int places, ILabelWaker labels)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<CaKey, Line> _lines = [];

    /// <summary>Labels that stand in a line, one each, and those that were called and have not asked yet.</summary>
    private readonly Dictionary<string, Turn> _turns = new(StringComparer.Ordinal);

    /// <summary>True: the label asks, until <see cref="Leave"/>. False: it stands in line and will be woken.</summary>
    public bool TryEnter(CaKey ca, string label)
    {
        lock (_gate)
        {
            if (!_lines.TryGetValue(ca, out var line)) _lines[ca] = line = new Line();
            if (_turns.TryGetValue(label, out var turn))
            {
                if (turn == new Turn(line, IsCalled: false)) return false;

                _turns.Remove(label);
                if (turn.Line == line) return true;

                // It has another CA by now.
                if (turn.IsCalled) CallNext(turn.Line);
            }

            if (line.Taken < places)
            {
                line.Taken++;
                return true;
            }

            _turns[label] = new Turn(line, IsCalled: false);
            line.Standing.Enqueue(label);
            return false;
        }
    }

    /// <summary>The question has an answer, or none.</summary>
    public void Leave(CaKey ca)
    {
        lock (_gate) CallNext(_lines[ca]);
    }

    /// <summary>The place that the label was woken for, at the begin of a run. What it has not used when it is disposed goes to the next one: by then there may be nothing to ask. Null: it was not called.</summary>
    public IDisposable? TurnOf(string label)
    {
        lock (_gate) return _turns.TryGetValue(label, out var turn) && turn.IsCalled ? new CalledTurn(this, label) : null;
    }

    private void PassOn(string label)
    {
        lock (_gate)
        {
            if (!_turns.TryGetValue(label, out var turn) || !turn.IsCalled) return;

            _turns.Remove(label);
            CallNext(turn.Line);
        }
    }

    private void CallNext(Line line)
    {
        while (line.Standing.TryDequeue(out var next))
        {
            // It may stand in another line by now.
            if (_turns.GetValueOrDefault(next) != new Turn(line, IsCalled: false)) continue;

            _turns[next] = new Turn(line, IsCalled: true);
            labels.Wake(next);
            return;
        }

        line.Taken--;
        line.Standing.TrimExcess();
        if (_turns.Count == 0) _turns.TrimExcess();
    }

    private sealed class Line
    {
        /// <summary>By those who ask and those who were called; while one is free nobody stands.</summary>
        public int Taken { get; set; }

        public Queue<string> Standing { get; } = new();
    }

    private readonly record struct Turn(Line Line, bool IsCalled);

    private sealed class CalledTurn(AskingLine line, string label) : IDisposable
    {
        private AskingLine? _line = line;

        public void Dispose() => Interlocked.Exchange(ref _line, null)?.PassOn(label);
    }
}
