using System.Security.Cryptography.X509Certificates;
using AcmeKestrel.InteropTests.Pebble;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace AcmeKestrel.InteropTests.Edge;

/// <summary>A certificate is revoked in a running app, at a CA that nobody here wrote.</summary>
public sealed class PebbleRevokeAndReplaceTests(SharedPebbles pebbles)
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(PebbleVersion.Installed, false)]
    [InlineData(PebbleVersion.Installed, true)]
    [InlineData(PebbleVersion.Newest, false)]
    [InlineData(PebbleVersion.Newest, true)]
    public async Task A_new_certificate_is_here_before_the_old_one_is_revoked_by_its_account_or_its_own_key(PebbleVersion version, bool isAccountLost)
    {
        var ca = await pebbles.GetAsync(version, Stop);
        using var folder = new TemporaryFolder();
        var state = folder.In("state");
        var name = $"{Guid.NewGuid():N}.test";
        await using (var app = Build(ca, state, name))
        {
            await app.StartAsync(Stop);
            Assert.Equal(AcmeCertificateState.Served, Assert.Single(await app.Services.GetRequiredService<IAcmeCertificates>().WaitUntilSettledAsync(Stop)).State);
            await app.StopAsync(Stop);
        }

        using var first = Assert.Single(StoredCertificates.Read(state));
        if (isAccountLost) Directory.Delete(Path.Combine(state, "accounts"), recursive: true);

        await using var edge = Build(ca, state, name);
        await edge.StartAsync(Stop);
        var certificates = edge.Services.GetRequiredService<IAcmeCertificates>();
        await certificates.WaitUntilSettledAsync(Stop);
        var result = await certificates.RevokeAsync(name, AcmeRevocationReason.KeyCompromise, Stop);

        Assert.Equal((true, null, AcmeCertificateState.Served), (result!.IsRevoked, result.Problem, result.Status!.State));
        Assert.Equal(new PebbleCertificateStatus("Revoked", 1), await ca.Management.StatusAsync(first, Stop));
        using var second = Assert.Single(StoredCertificates.Read(state), stored => stored.Thumbprint != first.Thumbprint);
        Assert.Equal(new PebbleCertificateStatus("Valid", null), await ca.Management.StatusAsync(second, Stop));
        Assert.False(first.GetPublicKey().AsSpan().SequenceEqual(second.GetPublicKey()));
        await edge.StopAsync(Stop);
    }

    private static WebApplication Build(PebbleServer ca, string state, string name)
    {
        var builder = WebApplication.CreateBuilder();
        builder.Configuration.Sources.Clear();
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["Kestrel:Endpoints:Https:Url"] = "https://127.0.0.1:0",
            ["Acme:StateDirectory"] = state,
            ["Acme:AcceptTermsOfService"] = "true",
            ["Acme:Email"] = "ops@example.com",
            ["Acme:Provider"] = "pebble",
            ["Acme:Providers:pebble:Directory"] = ca.DirectoryUrl,
            ["Acme:Providers:pebble:TrustedRootsFile"] = ca.TrustedRootsFile,
            ["Acme:Domains:0"] = name,
        });
        builder.Logging.ClearProviders();
        builder.Services.AddAcme();
        return builder.Build();
    }
}
