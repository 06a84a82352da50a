using System.Collections.Immutable;
using System.Text.Json.Serialization;

namespace AcmeKestrel.Lifecycle.Limits;

/// <summary>
/// The buckets of a ledger by a clock that was later than the present one. Either that one was wrong, or this one is, as on a machine that begins in the past until its clock is set: nobody knows which.
/// </summary>
/// <param name="At">That clock, when it was seen last.</param>
/// <param name="Since">The present one, when that was noticed.</param>
internal sealed record FormerBuckets([property: JsonRequired] DateTimeOffset At, [property: JsonRequired] DateTimeOffset Since, [property: JsonRequired] ImmutableDictionary<string, DateTimeOffset> Buckets)
{
    /// <summary>What that clock would show now, had it gone on.</summary>
    public DateTimeOffset By(DateTimeOffset now) => At + (now - Since);
}
