using AcmeKestrel.Certificates;

namespace AcmeKestrel.Tests.Certificates;

public sealed class SpecialUseTests
{
    [Theory]
    [InlineData("shop.test")]
    [InlineData("localhost")]
    [InlineData("app.localhost")]
    [InlineData("printer.local")]
    [InlineData("db.internal")]
    [InlineData("*.shop.example")]
    [InlineData("a.invalid")]
    [InlineData("abc.onion")]
    [InlineData("1.2.0.192.in-addr.arpa")]
    [InlineData("box.home.arpa")]
    [InlineData("intranet")]
    [InlineData("127.0.0.1")]
    [InlineData("10.1.2.3")]
    [InlineData("192.168.1.1")]
    [InlineData("::1")]
    [InlineData("fd00::1")]
    [InlineData("fe80::1")]
    public void No_public_CA_is_asked_for_it(string identifier) => Assert.NotNull(SpecialUse.Find(AcmeIdentifier.Parse(identifier)));

    [Theory]
    [InlineData("acmekestrel.dev")]
    [InlineData("localhost.dev")]
    [InlineData("mytest.dev")]
    [InlineData("test.dev")]
    [InlineData("1.1.1.1")]
    [InlineData("2606:4700::1111")]
    public void A_public_CA_may_be_asked_for_it(string identifier) => Assert.Null(SpecialUse.Find(AcmeIdentifier.Parse(identifier)));
}
