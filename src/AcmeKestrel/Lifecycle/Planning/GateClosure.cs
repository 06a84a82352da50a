namespace AcmeKestrel.Lifecycle.Planning;

/// <summary>Why the worker may not talk to a CA.</summary>
/// <param name="Reason">A sentence.</param>
/// <param name="IsBrief">It passes by itself in a moment: whoever waits for an outcome waits on.</param>
internal sealed record GateClosure(string Reason, bool IsBrief = false);
