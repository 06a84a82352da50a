using System.Net;
using AcmeKestrel.Challenges;

namespace AcmeKestrel.Tests.Challenges;

public sealed class ReverseNameTests
{
    [Theory]
    [InlineData("192.0.2.1", "1.2.0.192.in-addr.arpa")]
    [InlineData("2001:db8::1", "1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa")]
    public void The_names_of_RFC_8738_come_out(string address, string expected) => Assert.Equal(expected, ReverseName.Of(IPAddress.Parse(address)));
}
