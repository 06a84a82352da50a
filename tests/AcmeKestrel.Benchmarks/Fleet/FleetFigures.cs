namespace AcmeKestrel.Benchmarks.Fleet;

/// <summary>What was measured of one fleet.</summary>
/// <param name="Certificates">How many certificates were ordered.</param>
/// <param name="Issued">What was asked of what the machines share until all of them served all.</param>
/// <param name="Warm">The same, of visits to machines that had met every name.</param>
/// <param name="Cold">And of as many, to a machine that was started anew.</param>
/// <param name="FirstSpreads">Milliseconds from the commit of each first certificate, all of them ordered at once, until all others served it.</param>
/// <param name="RenewalSpreads">The same of renewed ones.</param>
internal sealed record FleetFigures(string Name, Counts Idle, int Certificates, Counts Issued, Counts Warm, Counts Cold, int Visits, IReadOnlyList<double> FirstSpreads, IReadOnlyList<double> RenewalSpreads);
