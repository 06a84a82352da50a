using AcmeKestrel.Certificates;

namespace AcmeKestrel.Serving.Finding;

/// <summary>The best of those seen so far; of equals the first, which was published last.</summary>
internal ref struct BestCandidate(KeyFamily accepts, DateTimeOffset now)
{
    public ServedCertificate? Certificate { get; private set; }

    public Merit Merit { get; private set; }

    public void Consider(Candidate[] candidates, bool isExact)
    {
        foreach (ref readonly var candidate in candidates.AsSpan())
        {
            if (candidate.Certificate.IsBroken(now)) continue;

            var merit = Merit.Of(candidate, isExact, accepts, now);
            if (Certificate is not null && merit.CompareTo(Merit) <= 0) continue;

            (Certificate, Merit) = (candidate.Certificate, merit);
        }
    }
}
