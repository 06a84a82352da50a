using AcmeKestrel.Dns.Http;

namespace AcmeKestrel.Tests.Dns;

public sealed class ApiTransportTests
{
    [Fact]
    public void A_service_is_connected_to_by_whichever_address_answers_and_followed_nowhere()
    {
        using var handler = ApiTransport.NewHandler();

        Assert.NotNull(handler.ConnectCallback);
        Assert.False(handler.AllowAutoRedirect);
        Assert.False(handler.UseCookies);
    }
}
