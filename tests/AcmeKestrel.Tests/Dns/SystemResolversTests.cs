using System.Net;
using AcmeKestrel.Dns.Lookup;

namespace AcmeKestrel.Tests.Dns;

public sealed class SystemResolversTests
{
    [Fact]
    public void They_are_found_or_that_there_are_none_is_said()
    {
        try
        {
            Assert.All(SystemResolvers.Find(), resolver => Assert.NotEqual(0, resolver.Port));
        }
        catch (DnsProviderException none)
        {
            Assert.Contains("resolver", none.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void They_are_read_as_others_read_them() => Assert.Equal(
        [IPAddress.Parse("192.0.2.1"), IPAddress.Parse("2001:db8::1"), IPAddress.Parse("192.0.2.2")],
        SystemResolvers.In(["# nameserver 192.0.2.9", "search shop.test", "nameserver 192.0.2.1", "nameserver\t2001:db8::1 # the other one", "nameserver", "nameserver next door", "  nameserver 192.0.2.2", "options edns0", ""]));
}
