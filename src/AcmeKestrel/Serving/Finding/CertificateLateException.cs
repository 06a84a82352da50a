namespace AcmeKestrel.Serving.Finding;

/// <summary>A stored certificate could not be read in time, or now. Its name gets nothing else in its place: the connection ends, and the visitor comes again.</summary>
internal sealed class CertificateLateException(string label, Exception? inner = null) : Exception($"The certificate '{label}' could not be read in time.", inner);
