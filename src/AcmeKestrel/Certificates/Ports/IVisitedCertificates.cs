namespace AcmeKestrel.Certificates.Ports;

/// <summary>The port through which others learn whether anybody comes for a certificate.</summary>
internal interface IVisitedCertificates
{
    /// <summary>Whether anybody was shown the label's certificate since this was asked last.</summary>
    bool TakeVisit(string label);
}
