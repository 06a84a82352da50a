using AcmeKestrel.Protocol;
using AcmeKestrel.Protocol.Messages;

namespace AcmeKestrel.Tests.Protocol;

public sealed class UrlTests
{
    /// <summary>RFC 3986 section 5.2, with the authority as the server wrote it.</summary>
    [Theory]
    [InlineData("https://ca.test/acme/orders", "https://CA.test:443/x", "https://CA.test:443/x")]
    [InlineData("https://ca.test:443/acme/orders", "/order/1", "https://ca.test:443/order/1")]
    [InlineData("https://ca.test:443/acme/orders?next=/2", "/order/1", "https://ca.test:443/order/1")]
    [InlineData("https://ca.test:443?next=/2", "/order/1", "https://ca.test:443/order/1")]
    [InlineData("https://ca.test", "/order/1", "https://ca.test/order/1")]
    [InlineData("https://ca.test/acme/orders", "//cdn.test/order/1", "https://cdn.test/order/1")]
    [InlineData("https://ca.test/acme/orders", "order/1", "https://ca.test/acme/order/1")]
    [InlineData("https://ca.test/acme/orders?page=1", "?page=2", "https://ca.test/acme/orders?page=2")]
    [InlineData("https://ca.test/acme/orders", "/order/1#f", null)]
    [InlineData("https://ca.test/acme/orders", "", null)]
    [InlineData("https://ca.test/acme/orders", null, null)]
    public void A_reference_is_resolved_against_what_was_requested(string request, string? reference, string? expected) => Assert.Equal(expected, AcmeUrl.Resolve(request, reference));

    [Theory]
    [InlineData("https://[2001:db8::7]", true)]
    [InlineData("https://[2001:db8::7]:8443/x", true)]
    [InlineData("https://[2001:db8::7]/x]y", true)]
    [InlineData("https://[2001:db8::7];8443/x", false)]
    [InlineData("https://[2001:db8::7]ca.test/x", false)]
    [InlineData("https://[2001:db8::7/64]/x", false)]
    [InlineData("https://@ca.test/x", false)]
    [InlineData("https://:@ca.test/x", false)]
    [InlineData("https://ca.test/@x", true)]
    public void The_authority_is_a_host_and_a_port(string url, bool passes) => Assert.Equal(passes, AcmeUrl.IsHttps(url));
}
