using System.Net;
using AcmeKestrel.Certificates;
using CsCheck;

namespace AcmeKestrel.Tests.Certificates;

public sealed class AcmeIdentifierTests
{
    [Theory]
    [InlineData("example.test", "example.test")]
    [InlineData("Example.TEST", "example.test")]
    [InlineData("example.test.", "example.test")]
    [InlineData("*.Example.test", "*.example.test")]
    [InlineData("bücher.example", "xn--bcher-kva.example")]
    [InlineData("BÜCHER.example", "xn--bcher-kva.example")]
    [InlineData("*.bücher.example", "*.xn--bcher-kva.example")]
    [InlineData("XN--Bcher-Kva.example", "xn--bcher-kva.example")]
    [InlineData("例え。テスト", "xn--r8jz45g.xn--zckzah")]
    [InlineData("localhost", "localhost")]
    [InlineData("1.2.3.example", "1.2.3.example")]
    [InlineData("r3---sn-a.example", "r3---sn-a.example")]
    public void A_host_name_is_made_canonical(string text, string expected)
    {
        var identifier = AcmeIdentifier.Parse(text);

        Assert.Equal((AcmeIdentifierType.Dns, expected), (identifier.Type, identifier.Value));
    }

    [Theory]
    [InlineData("192.0.2.1", "192.0.2.1")]
    [InlineData("2001:DB8::1", "2001:db8::1")]
    [InlineData("2001:0db8:0:0:0:0:0:1", "2001:db8::1")]
    [InlineData("2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1")]
    [InlineData("2001:0:0:1:0:0:0:1", "2001:0:0:1::1")]
    [InlineData("2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1")]
    [InlineData("::", "::")]
    [InlineData("::1", "::1")]
    [InlineData("1::", "1::")]
    [InlineData("::1.2.3.4", "::102:304")]
    [InlineData("64:ff9b::192.0.2.1", "64:ff9b::c000:201")]
    [InlineData("fe80::5efe:192.0.2.1", "fe80::5efe:c000:201")]
    public void An_address_is_made_canonical(string text, string expected)
    {
        var identifier = AcmeIdentifier.Parse(text);

        Assert.Equal((AcmeIdentifierType.Ip, expected), (identifier.Type, identifier.Value));
    }

    [Theory]
    [InlineData("", "is empty")]
    [InlineData(".", "empty label")]
    [InlineData("a..example", "empty label")]
    [InlineData(".example", "empty label")]
    [InlineData("example..", "empty label")]
    [InlineData("*", "'*'")]
    [InlineData("*.", "empty label")]
    [InlineData("foo.*.example", "'*'")]
    [InlineData("*.*.example", "'*'")]
    [InlineData("f*.example", "'*'")]
    [InlineData("a_b.example", "underscore")]
    [InlineData("-a.example", "hyphen")]
    [InlineData("a-.example", "hyphen")]
    [InlineData("a b.example", "character")]
    [InlineData("a/b.example", "character")]
    [InlineData("a%2eb.example", "character")]
    [InlineData("a\0b.example", "character")]
    [InlineData("https://a.example", "scheme")]
    [InlineData("a.example:443", "port")]
    [InlineData("192.0.2.1:443", "port")]
    [InlineData("[2001:db8::1]", "brackets")]
    [InlineData("[2001:db8::1]:443", "brackets")]
    [InlineData("2001:db8::1%eth0", "':'")]
    [InlineData("2001:db8::1/64", "':'")]
    [InlineData("2001:db8:::1", "IPv6")]
    [InlineData("1:2:3:4:5:6:7:8:9", "IPv6")]
    [InlineData("64:ff9b::192.0.2.01", "IPv6")]
    [InlineData("::ffff:192.0.2.1", "write 192.0.2.1")]
    [InlineData("010.0.0.1", "IPv4")]
    [InlineData("1.2", "IPv4")]
    [InlineData("256.1.1.1", "IPv4")]
    [InlineData("*.192.0.2.1", "IPv4")]
    [InlineData("a.example.123", "IPv4")]
    [InlineData("１.２.３.４", "number")]
    [InlineData("xn--a.example", "internationalised")]
    [InlineData("xn--.example", "internationalised")]
    [InlineData("Xc--ü", "internationalised")]
    [InlineData("a.ab--ü.example", "internationalised")]
    [InlineData("a\u200b_b.example", "internationalised")]
    [InlineData("xn--a.example", "stands for no text")]
    [InlineData("ab--ü.example", "third and fourth place")]
    [InlineData("ü b.example", "character that no host name has")]
    [InlineData("ü\u200e.example", "character that no host name has")]
    [InlineData("ü\ue000.example", "character that no host name has")]
    [InlineData("\u0301ü.example", "begins with a mark")]
    [InlineData("-ü.example", "hyphen")]
    [InlineData("ü..example", "empty label")]
    [InlineData("\u05d0a.example", "both writing directions")]
    [InlineData("a\u05d0.example", "both writing directions")]
    [InlineData("1\u05d0.example", "both writing directions")]
    public void What_no_CA_could_certify_is_refused_with_its_reason(string text, string reason)
    {
        Assert.False(AcmeIdentifier.TryParse(text, out _, out var error));
        Assert.Contains(reason, error);
        Assert.Throws<FormatException>(() => AcmeIdentifier.Parse(text));
    }

    [Fact]
    public void Lengths_end_at_63_and_253()
    {
        var label = new string('a', 63);
        var longest = $"{label}.{label}.{label}.{new string('a', 61)}";

        Assert.Equal(253, AcmeIdentifier.Parse(longest).Value.Length);
        Assert.Equal(253, AcmeIdentifier.Parse(longest + ".").Value.Length);
        Assert.False(AcmeIdentifier.TryParse(longest + "a", out _, out _));
        Assert.False(AcmeIdentifier.TryParse("*." + longest, out _, out _));
        Assert.False(AcmeIdentifier.TryParse(label + "a.example", out _, out _));
        Assert.False(AcmeIdentifier.TryParse(new string('ü', 60) + ".example", out _, out var error));
        Assert.Contains("longer than 63 characters as an A-label", error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_message_forges_no_line_and_stays_short()
    {
        Assert.False(AcmeIdentifier.TryParse("evil\r\nInfo: all is well" + new string('x', 100_000), out _, out var error));

        Assert.DoesNotContain('\n', error);
        Assert.InRange(error.Length, 1, 300);
    }

    [Theory]
    [InlineData("\u05d0\u05d1\u05d2.example", "xn--4dbcd.example")]
    [InlineData("\u05d01.example", "xn--1-zhc.example")]
    [InlineData("i\u2764.example", "xn--i-7iq.example")]
    [InlineData("\U0001F600.example", "xn--e28h.example")]
    public void What_CAs_certify_is_left_to_them(string text, string expected) => Assert.Equal(expected, AcmeIdentifier.Parse(text).Value);

    [Fact]
    public void Equal_names_are_equal() => Assert.Equal(AcmeIdentifier.Parse("A.example."), AcmeIdentifier.Parse("a.example"));

    [Fact]
    public void Parsing_what_was_printed_gives_the_same_name() => Gen.OneOf(
            Gen.Char["abcXYZ019-.*üß例:x ."].Array[0, 30].Select(characters => new string(characters)),
            Gen.String[0, 40])
        .Sample(text =>
        {
            if (!AcmeIdentifier.TryParse(text, out var once, out _)) return;

            Assert.Equal(once, AcmeIdentifier.Parse(once.Value));
            Assert.InRange(once.Value.Length, 1, 253);
            Assert.True(System.Text.Ascii.IsValid(once.Value));
        });

    [Fact]
    public void Every_address_survives_its_canonical_text() => Gen.OneOf(
            Gen.Byte.Array[4], Gen.Byte.Array[16], Gen.Byte[0, 1].Array[16])
        .Select(bytes => new IPAddress(bytes))
        .Where(address => !address.IsIPv4MappedToIPv6)
        .Sample(address =>
        {
            var identifier = AcmeIdentifier.Parse(address.ToString());

            Assert.Equal(address, IPAddress.Parse(identifier.Value));
            Assert.Equal(identifier, AcmeIdentifier.Parse(identifier.Value));
        });
}
