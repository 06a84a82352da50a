using System.Text;
using AcmeKestrel.Certificates;
using AcmeKestrel.Configuration;

namespace AcmeKestrel.Exports;

/// <summary>What a file holds of a generation. Pure but for the salt of a pfx.</summary>
internal static class ExportBytes
{
    public static byte[] Of(Generation generation, ExportContent content, string? password) => content switch
    {
        ExportContent.Cert => Encoding.ASCII.GetBytes(generation.Chain.ToLeafPem()),
        ExportContent.Chain => Encoding.ASCII.GetBytes(generation.Chain.ToIntermediatesPem()),
        ExportContent.FullChain => Encoding.ASCII.GetBytes(generation.Chain.ToFullChainPem()),
        ExportContent.PrivKey => Encoding.ASCII.GetBytes(CertificateKey.ToPem(generation.PrivateKeyPkcs8.Span)),

        // The key first or last is one to HAProxy, and some others look for the certificate first.
        ExportContent.Combined => Encoding.ASCII.GetBytes(generation.Chain.ToFullChainPem() + CertificateKey.ToPem(generation.PrivateKeyPkcs8.Span)),
        _ => Pfx.Of(generation, password),
    };

    /// <summary>Whether the file holds just that already.</summary>
    public static bool IsIn(ReadOnlySpan<byte> file, Generation generation, ExportContent content, string? password) =>
        content is ExportContent.Pfx ? Pfx.Holds(file, generation, password) : file.SequenceEqual(Of(generation, content, password));
}
