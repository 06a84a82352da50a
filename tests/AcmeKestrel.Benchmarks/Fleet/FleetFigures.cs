namespace AcmeKestrel.Benchmarks.Fleet;

/// <summary>What was measured of one fleet.</summary>
/// <param name="Certificates">How many certificates were ordered.</param>
/// <param name="Issued">What was asked of what the machines share until all of them served all.</param>
/// <param name="Warm">The same, of visits to machines that had met every name.</param>
/// <param name="Cold">And of as many, to a machine that was started anew.</param>
/// <param name="Spreads">Milliseconds from each commit until all others served it.</param>
internal sealed record FleetFigures(string Name, Counts Idle, int Certificates, Counts Issued, Counts Warm, Counts Cold, int Visits, IReadOnlyList<double> Spreads)
{
    /// <summary>Beside the spread of what was renewed, where it was measured apart, that of the first certificates.</summary>
    public IReadOnlyList<double>? FirstSpreads { get; init; }

    /// <summary>By each of the others alone.</summary>
    public IReadOnlyList<double>? EachSpread { get; init; }
}
