using System.Globalization;
using System.Security.Cryptography.X509Certificates;
using AcmeKestrel.LocalCa.Rules;

namespace AcmeKestrel.LocalCa.Http;

/// <summary>Everything about certificates once they are issued: download, renewal info, revocation. It serves the front desk and the tests that own the CA.</summary>
internal sealed class CertificateOffice(CaState state, LocalCaServerOptions options, TimeProvider time, IAuthority authority, Urls urls, Renderer render)
{
    private readonly CertificateDesk _certificates = new(state, time);
    private readonly RevocationDesk _revocations = new(state, options, time);

    /// <param name="chain">The URL's last segment; null = the default chain.</param>
    public LocalCaReply Download(Account account, string id, string? chain)
    {
        var number = Chain(chain);
        var found = _certificates.Download(account, id);
        var pem = PemChain.Write([found.Der, authority.Issuers[number]], options.ChainForm);
        return Renderer.Text(200, "application/pem-certificate-chain", pem, [.. AlternateLinks(id, number)]);
    }

    public LocalCaReply Revoke(Account? account, Jws jws)
    {
        _revocations.Revoke(account, jws.Key, JsonMembers.Parse(jws.Payload, "The payload"));
        return Renderer.Empty(200);
    }

    /// <summary>RFC 9773 section 4.1: for anyone, unsigned.</summary>
    public LocalCaReply RenewalInfo(string id)
    {
        if (!options.RenewalInfo) throw CaState.Unknown("resource");
        lock (state.Gate)
        {
            var found = _certificates.Find(CertificateId.Parse(id));
            return found.RenewalAnswer ?? render.RenewalInfo(_certificates.Window(found));
        }
    }

    public LocalCaReply CrlReply() => new(200, [], "application/pkix-crl", Crl());

    public byte[] Crl()
    {
        lock (state.Gate) return _revocations.List(authority);
    }

    public LocalCaCertificateStatus? StatusOf(string serialNumber)
    {
        lock (state.Gate)
        {
            return _certificates.BySerial(serialNumber) is { } found ? new LocalCaCertificateStatus(found.Revocation?.At, found.Revocation?.Reason) : null;
        }
    }

    /// <summary>What a test says about a certificate's renewal; both null = the CA's own rule again.</summary>
    public void SetRenewal(X509Certificate2 certificate, RenewalWindow? window, LocalCaReply? answer)
    {
        lock (state.Gate)
        {
            var found = state.Certificates.Values.FirstOrDefault(c => c.Der.AsSpan().SequenceEqual(certificate.RawDataMemory.Span))
                ?? throw new ArgumentException("This CA did not issue the certificate.", nameof(certificate));
            _certificates.Change(found with { Window = window, RenewalAnswer = answer });
        }
    }

    private int Chain(string? text)
    {
        if (text is null) return 0;
        return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number > 0 && number < authority.Issuers.Count
            ? number
            : throw CaState.Unknown("chain");
    }

    private IEnumerable<(string, string)> AlternateLinks(string id, int current)
    {
        var here = new Uri(urls.Certificate(id, current));
        var links = Enumerable.Range(0, authority.Issuers.Count)
            .Where(chain => chain != current)
            .Select(chain => urls.Certificate(id, chain))
            .Select(url => options.AlternateLinks == LocalCaLinkForm.Relative ? here.MakeRelativeUri(new Uri(url)).OriginalString : url)
            .Select(target => $"<{target}>;rel=\"alternate\"")
            .ToList();
        if (options.AlternateLinks == LocalCaLinkForm.OneHeader && links.Count > 0) return [("Link", string.Join(", ", links))];
        return links.Select(link => ("Link", link));
    }
}
