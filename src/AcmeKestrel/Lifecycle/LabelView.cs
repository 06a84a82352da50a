using AcmeKestrel.Certificates;
using AcmeKestrel.Lifecycle.Planning;

namespace AcmeKestrel.Lifecycle;

/// <summary>A label as others see it.</summary>
internal sealed record LabelView(string Label, Wish? Wish, CertificateFacts? Certificate, Schedule Schedule);
