using System.CommandLine;

namespace AcmeKestrel.CommandLine.Verbs;

/// <summary><c>release label</c>: ends a hold.</summary>
internal sealed class ReleaseVerb : LabelVerb
{
    public override IReadOnlyList<string> Examples => ["release shop.example.com"];

    public override Command Command => new("release", "Ends what 'acme hold' began; what is due is ordered.") { Label };

    protected override Task<AcmeCertificateStatus?> WorkAsync(IAcmeCertificates certificates, string label, ParseResult words, CancellationToken cancellationToken) => certificates.ReleaseAsync(label, cancellationToken);
}
