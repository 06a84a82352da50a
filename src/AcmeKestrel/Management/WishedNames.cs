using AcmeKestrel.Certificates;

namespace AcmeKestrel.Management;

/// <summary>What an application wishes, checked.</summary>
internal static class WishedNames
{
    /// <summary>The request with its label and its names as they are written on the wire.</summary>
    /// <exception cref="ArgumentException">A name is none, or there is none; the message says why.</exception>
    public static (AcmeCertificateRequest Request, IReadOnlyList<AcmeIdentifier> Names) Check(AcmeCertificateRequest request)
    {
        var names = new List<AcmeIdentifier>();
        foreach (var text in request.Names) names.Add(AcmeIdentifier.TryParse(text, out var name, out var error) ? name : throw new ArgumentException(error, nameof(request)));
        if (names.Count == 0) throw new ArgumentException("It names nothing.", nameof(request));
        if (!CertificateLabel.TryParse(request.Label ?? names[0].Value, out var label, out var fault)) throw new ArgumentException(fault, nameof(request));

        return (request with { Label = label, Names = [.. names.Select(name => name.Value).Distinct(StringComparer.Ordinal)] }, names);
    }
}
