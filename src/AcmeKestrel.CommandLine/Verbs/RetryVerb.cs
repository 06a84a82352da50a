using System.CommandLine;

namespace AcmeKestrel.CommandLine.Verbs;

/// <summary><c>retry label</c>: what failed is tried now.</summary>
internal sealed class RetryVerb : LabelVerb
{
    public override IReadOnlyList<string> Examples => ["retry shop.example.com"];

    public override Command Command => new("retry", "Tries at once what failed, whatever its backoff says; the CA's limits and waits are kept.") { Label };

    protected override Task<AcmeCertificateStatus?> WorkAsync(IAcmeCertificates certificates, string label, ParseResult words, CancellationToken cancellationToken) => certificates.RetryAsync(label, cancellationToken);
}
