using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Https;

namespace AcmeKestrel.Tests.Serving;

/// <summary>What the user demands of clients is demanded of them on our names too (promise 2).</summary>
public sealed class ClientCertificateTests
{
    private static readonly TestCa Ca = new();

    [Theory]
    [InlineData("client.test", true)]
    [InlineData("stranger.test", false)]
    [InlineData(null, false)]
    public async Task A_required_client_certificate_stays_required(string? clientName, bool isServed)
    {
        await using var edge = await TestEdge.StartAsync(
            builder => builder.WebHost.UseUrls("https://127.0.0.1:0").ConfigureKestrel(kestrel => kestrel.ConfigureHttpsDefaults(https =>
            {
                https.ClientCertificateMode = ClientCertificateMode.RequireCertificate;
                https.ClientCertificateValidation = (certificate, _, _) => certificate.MatchesHostname("client.test");
            })),
            app => app.Run(context => context.Response.WriteAsync(context.Connection.ClientCertificate is null ? "nobody" : "known")),
            Ca.Issue("shop.test"));

        Assert.Equal(isServed ? "known" : null, await AskAsync(edge, clientName));
    }

    private static async Task<string?> AskAsync(TestEdge edge, string? clientName)
    {
        using var client = edge.Client("shop.test", new SslClientAuthenticationOptions
        {
            ClientCertificates = clientName is null ? [] : new X509CertificateCollection { Ca.UsersOwn(clientName) },
            RemoteCertificateValidationCallback = (_, certificate, _, _) => ((X509Certificate2)certificate!).MatchesHostname("shop.test"),
        });
        try
        {
            return await client.GetStringAsync("/", TestContext.Current.CancellationToken);
        }
        catch (HttpRequestException)
        {
            return null;
        }
    }
}
