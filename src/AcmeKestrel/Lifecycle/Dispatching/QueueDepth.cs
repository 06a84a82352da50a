namespace AcmeKestrel.Lifecycle.Dispatching;

/// <summary>How full a queue is.</summary>
/// <param name="Scheduled">Not due yet.</param>
/// <param name="Ready">Due, without a slot: many of them for long mean that a CA is slow.</param>
/// <param name="Running">At work.</param>
internal readonly record struct QueueDepth(int Scheduled, int Ready, int Running);
