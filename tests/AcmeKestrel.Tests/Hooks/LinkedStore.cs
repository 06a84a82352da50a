using AcmeKestrel.Storage;

namespace AcmeKestrel.Tests.Hooks;

/// <summary>A store that shows programs outside what it is told to, and remembers each change.</summary>
internal sealed class LinkedStore(IAcmeStore inner) : DelegatingStore(inner), ICertificateView
{
    /// <summary>What is shown, by label.</summary>
    public Dictionary<string, string> Shown { get; } = [];

    /// <summary>Labels in the order in which what is shown of them changed.</summary>
    public List<string> Moves { get; } = [];

    /// <summary>Asked before each change; throws to stand for a volume that cannot be written.</summary>
    public Action BeforeMove { get; set; } = () => { };

    public string Root => "/state";

    public string PathOf(string label) => $"/state/certs/{label.Replace('*', '_')}";

    public ValueTask SwitchAsync(string label, string generation, CancellationToken cancellationToken)
    {
        BeforeMove();
        if (!Shown.TryGetValue(label, out var before) || before != generation) Moves.Add(label);
        Shown[label] = generation;
        return ValueTask.CompletedTask;
    }

    public ValueTask<string?> FindShownAsync(string label, CancellationToken cancellationToken) => ValueTask.FromResult(Shown.GetValueOrDefault(label));

    public ValueTask HideAsync(string label, CancellationToken cancellationToken)
    {
        BeforeMove();
        if (Shown.Remove(label)) Moves.Add(label);
        return ValueTask.CompletedTask;
    }
}
