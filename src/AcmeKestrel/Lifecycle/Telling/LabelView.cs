using AcmeKestrel.Certificates;
using AcmeKestrel.Lifecycle.Planning;

namespace AcmeKestrel.Lifecycle.Telling;

/// <summary>A label as others see it.</summary>
internal sealed record LabelView(string Label, Wish? Wish, CertificateFacts? Certificate, Schedule Schedule);
