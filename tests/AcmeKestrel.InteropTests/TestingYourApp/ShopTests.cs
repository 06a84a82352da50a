using System.Text;
using AcmeKestrel;
using AcmeKestrel.LocalCa;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Shop.Tests;

public sealed class ShopTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_shop_gets_a_certificate_and_answers_over_https()
    {
        await using var shop = new ShopFactory();
        shop.StartServer();

        var statuses = await shop.Services.GetRequiredService<IAcmeCertificates>().WaitUntilSettledAsync(Stop);

        Assert.Equal(AcmeCertificateState.Served, Assert.Single(statuses).State);
        using var client = shop.NewClient();
        Assert.Equal("Hello from the shop", await client.GetStringAsync(new Uri("https://shop.test/"), Stop));
    }

    [Fact]
    public async Task While_the_CA_is_out_of_order_the_shop_runs_on_and_says_why()
    {
        await using var shop = new ShopFactory
        {
            Misbehave = ca => ca.Interceptor = (request, next, _) => ValueTask.FromResult(
                request.Resource == "new-order" ? new LocalCaReply(503, [new("Retry-After", "3600")], "text/plain", Encoding.UTF8.GetBytes("closed for maintenance")) : next(request)),
        };
        shop.StartServer();

        var statuses = await shop.Services.GetRequiredService<IAcmeCertificates>().WaitUntilSettledAsync(Stop);

        var status = Assert.Single(statuses);
        Assert.Equal(AcmeCertificateState.Held, status.State);
        Assert.True(status.NextAttempt > DateTimeOffset.UtcNow.AddMinutes(50), status.Reason);
        using var client = shop.NewClient();
        await Assert.ThrowsAsync<HttpRequestException>(() => client.GetStringAsync(new Uri("https://shop.test/"), Stop));
    }
}
