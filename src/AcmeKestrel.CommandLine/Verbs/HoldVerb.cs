using System.CommandLine;

namespace AcmeKestrel.CommandLine.Verbs;

/// <summary><c>hold label</c>: nothing is ordered any more.</summary>
internal sealed class HoldVerb : LabelVerb
{
    private readonly Option<string?> _reason = new("--reason") { Description = "What the status is to say." };

    public override IReadOnlyList<string> Examples => ["hold shop.example.com", "hold shop.example.com --reason \"moving house\""];

    public override Command Command => new("hold", "Has nothing ordered for a certificate, over restarts, until 'acme release'; it is served as long as it is good.") { Label, _reason };

    protected override Task<AcmeCertificateStatus?> WorkAsync(IAcmeCertificates certificates, string label, ParseResult words, CancellationToken cancellationToken) =>
        certificates.HoldAsync(label, words.GetValue(_reason), cancellationToken);

    /// <summary>What cannot be kept is an exception.</summary>
    protected override bool IsDone(AcmeCertificateStatus status) => true;
}
