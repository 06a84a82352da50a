namespace AcmeKestrel.Storage.Engine;

/// <summary>What a process remembers of an engine that did not answer, so that not everybody waits for it in turn.</summary>
internal sealed class Absence(TimeProvider time)
{
    /// <summary>A handshake waits for some seconds, and has more to wait for than this.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    /// <summary>So long it is not asked first by whoever has something else to ask.</summary>
    public static readonly TimeSpan Remembered = TimeSpan.FromSeconds(10);

    private readonly Lock _gate = new();
    private long _since;
    private string? _reason;
    private bool _isTold;

    /// <summary>It did not answer a moment ago.</summary>
    public bool IsNow
    {
        get
        {
            lock (_gate) return _reason is not null && time.GetElapsedTime(_since) < Remembered;
        }
    }

    /// <summary>Why, once for each absence; else null.</summary>
    public string? TakeWord()
    {
        lock (_gate)
        {
            if (_isTold) return null;
            _isTold = _reason is not null;
            return _reason;
        }
    }

    /// <summary>Passes on what comes of a question to the engine, and remembers whether it answered.</summary>
    public async Task<T> NoteAsync<T>(ValueTask<T> asked)
    {
        try
        {
            var answer = await asked.ConfigureAwait(false);
            End();
            return answer;
        }
        catch (StoreUnavailableException away)
        {
            // Who is refused has been answered.
            if (away.IsRefusal) End();
            else Begin(away.Message);
            throw;
        }
    }

    /// <summary>False: it does not answer, or takes so long that it counts as away.</summary>
    public async Task<bool> AnswersAsync(Task asked, CancellationToken cancellationToken)
    {
        if (!asked.IsCompleted && !await EndsAsync(asked, cancellationToken).ConfigureAwait(false))
        {
            cancellationToken.ThrowIfCancellationRequested();
            Begin($"no answer within {Patience.TotalSeconds} s");
            return false;
        }

        try
        {
            await asked.ConfigureAwait(false);
            return true;
        }
        catch (StoreUnavailableException)
        {
            return false;
        }
    }

    private async Task<bool> EndsAsync(Task asked, CancellationToken cancellationToken)
    {
        using var over = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var first = await Task.WhenAny(asked, Task.Delay(Patience, time, over.Token)).ConfigureAwait(false);
        await over.CancelAsync().ConfigureAwait(false);
        return first == asked;
    }

    private void End()
    {
        lock (_gate) (_reason, _isTold) = (null, false);
    }

    private void Begin(string reason)
    {
        lock (_gate) (_since, _reason) = (time.GetTimestamp(), reason);
    }
}
