using System.Security.Cryptography;

namespace AcmeKestrel.LocalCa.Http;

/// <summary>A chain as <c>application/pem-certificate-chain</c> (RFC 8555 section 9.1).</summary>
internal static class PemChain
{
    public static string Write(IEnumerable<byte[]> certificates, LocalCaPemForm form)
    {
        var blocks = certificates.Select(der => PemEncoding.WriteString("CERTIFICATE", der));
        return form switch
        {
            LocalCaPemForm.Crlf => string.Concat(blocks.Select(block => block.ReplaceLineEndings("\r\n") + "\r\n")),
            LocalCaPemForm.WithText => string.Concat(blocks.Select((block, place) => $"# certificate {place}: what follows is it\n{block}\n\n")) + "# the end\n",
            LocalCaPemForm.NoFinalNewline => string.Join('\n', blocks),
            _ => string.Concat(blocks.Select(block => block + "\n")),
        };
    }
}
