namespace AcmeKestrel.Benchmarks;

/// <summary>Per connection; <see cref="Resumed"/> is the part of the connections that resumed a session.</summary>
internal sealed record HandshakeCost(double Microseconds, double Bytes, double Resumed);
