using AcmeKestrel.Diagnostics;
using AcmeKestrel.Lifecycle.Telling;
using Microsoft.Extensions.Logging;

namespace AcmeKestrel.Lifecycle;

/// <summary>Warns once of a state that a restart may lose: at the first look at a name that a public CA is asked for, which is right after the start, or when such a name comes.</summary>
internal sealed class DoubtLog(StateDoubt state, ILogger<DoubtLog> logger) : ILabelObserver
{
    private int _isOver;

    public void On(LabelEvent happened)
    {
        if (Volatile.Read(ref _isOver) == 1 || happened is not LabelEvent.Decided { Label.Wish.Provider: var provider }) return;

        if (state.Doubt is null) Volatile.Write(ref _isOver, 1);
        else if (state.Find([provider]) is { } doubt && Interlocked.Exchange(ref _isOver, 1) == 0) logger.StateInDoubt(doubt, provider);
    }
}
