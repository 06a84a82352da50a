using AcmeKestrel.Certificates;

namespace AcmeKestrel.Lifecycle.Providers;

/// <summary>Those who wait for the same tokens: of one bucket of a CA's limits, which may be one account's.</summary>
internal readonly record struct LimitLine(CaKey Ca, string Bucket);
