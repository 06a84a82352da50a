namespace AcmeKestrel.Serving.Finding;

/// <summary>A certificate that covers a name.</summary>
/// <param name="IsWished">Its label is wished for that name.</param>
internal readonly record struct Candidate(ServedCertificate Certificate, bool IsWished)
{
    public bool IsOf(string label) => Certificate.Facts.Label.Equals(label, StringComparison.OrdinalIgnoreCase);
}
