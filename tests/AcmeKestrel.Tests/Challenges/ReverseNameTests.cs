using System.Net;
using AcmeKestrel.Challenges;

namespace AcmeKestrel.Tests.Challenges;

public sealed class ReverseNameTests
{
    [Theory]
    [InlineData("192.0.2.1", "1.2.0.192.in-addr.arpa")]
    [InlineData("2001:db8::1", "1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa")]
    public void The_names_of_RFC_8738_come_out(string address, string expected) => Assert.Equal(expected, ReverseName.Of(IPAddress.Parse(address)));

    [Theory]
    [InlineData("192.0.2.1")]
    [InlineData("0.0.0.0")]
    [InlineData("255.255.255.255")]
    [InlineData("2001:db8::1")]
    [InlineData("::")]
    [InlineData("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff")]
    [InlineData("::ffff:192.0.2.1")]
    public void A_reverse_name_is_its_address(string address)
    {
        Assert.Equal(IPAddress.Parse(address), ReverseName.AddressOf(ReverseName.Of(IPAddress.Parse(address))));
        Assert.Equal(IPAddress.Parse(address), ReverseName.AddressOf(ReverseName.Of(IPAddress.Parse(address)).ToUpperInvariant()));
    }

    [Theory]
    [InlineData("")]
    [InlineData("shop.test")]
    [InlineData("in-addr.arpa")]
    [InlineData(".in-addr.arpa")]
    [InlineData("2.0.192.in-addr.arpa")]
    [InlineData("1.1.2.0.192.in-addr.arpa")]
    [InlineData("256.2.0.192.in-addr.arpa")]
    [InlineData("01.2.0.192.in-addr.arpa")]
    [InlineData("+1.2.0.192.in-addr.arpa")]
    [InlineData(" 1.2.0.192.in-addr.arpa")]
    [InlineData("1..0.192.in-addr.arpa")]
    [InlineData("0x1.2.0.192.in-addr.arpa")]
    [InlineData("١.2.0.192.in-addr.arpa")]
    [InlineData("1.2.0.192.in-addr.arpa.")]
    [InlineData("1.2.0.192.xin-addr.arpa")]
    [InlineData("ip6.arpa")]
    [InlineData("1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.ip6.arpa")]
    [InlineData("1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.2.ip6.arpa")]
    [InlineData("g.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa")]
    [InlineData("1-0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa")]
    [InlineData("1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.20ip6.arpa")]
    public void What_is_no_reverse_name_is_no_address(string serverName) => Assert.Null(ReverseName.AddressOf(serverName));
}
