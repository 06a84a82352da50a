using SampleWeb;

namespace AcmeKestrel.Tests.LocalCa;

public sealed class CurlLineTests
{
    [Theory]
    [InlineData("app.localhost", "curl --cacert 'root.pem' --resolve app.localhost:8443:127.0.0.1 https://app.localhost:8443/")]
    [InlineData("*.shop.test", "curl --cacert 'root.pem' --resolve any.shop.test:8443:127.0.0.1 https://any.shop.test:8443/")]
    [InlineData("127.0.0.1", "curl --cacert 'root.pem' https://127.0.0.1:8443/")]
    [InlineData("::1", "curl --cacert 'root.pem' https://[::1]:8443/")]
    public void It_visits_what_the_certificate_is_for(string name, string expected) => Assert.Equal(expected, CurlLine.Of("root.pem", name, 8443));
}
