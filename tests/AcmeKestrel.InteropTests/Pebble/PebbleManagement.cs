using System.Net.Http.Json;
using System.Security.Cryptography.X509Certificates;

namespace AcmeKestrel.InteropTests.Pebble;

/// <summary>The management interface: what the CA knows of itself, and what its operator sets.</summary>
internal sealed class PebbleManagement(HttpClient http, int port)
{
    /// <summary>A root of this run of the CA: the first, or an alternate one.</summary>
    public async Task<X509Certificate2> RootAsync(int index, CancellationToken cancellationToken) =>
        X509Certificate2.CreateFromPem(await http.GetStringAsync(At($"roots/{index}"), cancellationToken));

    /// <summary>Whether a certificate is revoked, and why.</summary>
    public async Task<PebbleCertificateStatus> StatusAsync(X509Certificate2 certificate, CancellationToken cancellationToken) =>
        (await http.GetFromJsonAsync<PebbleCertificateStatus>(At($"cert-status-by-serial/{certificate.SerialNumber}"), cancellationToken))!;

    /// <summary>From now on the answer to requests for this certificate's renewal info, whatever it is; the newest only.</summary>
    public async Task SetRenewalInfoAsync(X509Certificate2 certificate, string answer, CancellationToken cancellationToken)
    {
        var request = new Dictionary<string, string> { ["Certificate"] = certificate.ExportCertificatePem(), ["ARIResponse"] = answer };
        using var response = await http.PostAsJsonAsync(At("set-renewal-info/"), request, cancellationToken);
        response.EnsureSuccessStatusCode();
    }

    private Uri At(string path) => new($"https://localhost:{port}/{path}");
}
