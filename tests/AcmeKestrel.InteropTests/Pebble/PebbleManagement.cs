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

    /// <summary>
    /// Completes when its store answers nobody any more. Under many orders at once it waits for itself now and then (a read lock within a read lock, while a writer waits), which nothing ends: <c>kill -QUIT</c> shows all of its
    /// goroutines in <c>db.(*MemoryStore)</c>.
    /// </summary>
    public async Task StuckAsync(CancellationToken cancellationToken)
    {
        for (var silences = 0; silences < 2;)
        {
            await Task.Delay(TimeSpan.FromSeconds(2), cancellationToken);
            using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            patience.CancelAfter(TimeSpan.FromSeconds(10));
            try
            {
                using var answer = await http.GetAsync(At("cert-status-by-serial/0"), patience.Token);
                silences = 0;
            }
            catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
            {
                silences++;
            }
        }
    }

    private Uri At(string path) => new($"https://localhost:{port}/{path}");
}
