using AcmeKestrel.Certificates;

namespace AcmeKestrel.Lifecycle.Planning;

/// <summary>A label's certificate and schedule, as of one moment.</summary>
internal sealed record LabelFacts(CertificateFacts? Certificate, Schedule Schedule);
