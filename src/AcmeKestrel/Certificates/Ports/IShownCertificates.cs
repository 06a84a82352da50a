namespace AcmeKestrel.Certificates.Ports;

/// <summary>The port through which others learn what visitors get, whichever label it is of.</summary>
internal interface IShownCertificates
{
    /// <summary>What whoever comes for this name now and can verify every kind of key is shown of ours; null: nothing, or no visitor is shown any.</summary>
    /// <param name="name">A wildcard stands for the names below it that have no certificate of their own.</param>
    CertificateFacts? FindShown(string name);
}
