using System.Text.Json.Serialization;

namespace AcmeKestrel.Lifecycle.Delivering;

/// <summary>How a hook fails, kept so that a restart does not begin the ladder anew.</summary>
internal sealed record HookTrouble([property: JsonRequired] int Failures, [property: JsonRequired] DateTimeOffset FailedAt, [property: JsonRequired] DateTimeOffset NextAttempt, string? Problem = null);
