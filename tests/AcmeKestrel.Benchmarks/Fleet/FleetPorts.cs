using AcmeKestrel.InteropTests.Edge;

namespace AcmeKestrel.Benchmarks.Fleet;

/// <summary>Where one machine of a fleet listens.</summary>
internal sealed record FleetPorts(int Http, int Https)
{
    public static FleetPorts Next() => new(FreePort.Next(), FreePort.Next());
}
