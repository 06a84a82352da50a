using System.Text;
using AcmeKestrel.Desired;
using AcmeKestrel.Desired.Files;

namespace AcmeKestrel.Tests.Desired;

public sealed class DesiredFileTests
{
    [Theory]
    [InlineData("shop.test", "", "shop.test")]
    [InlineData("Shop.TEST", "  \r\n# nothing but words\n", "shop.test")]
    [InlineData("shop.test", "a.test", "a.test")]
    [InlineData("my-shop", "a.test\nB.test # the second\r\n\n# c.test\na.test", "a.test b.test")]
    [InlineData("bom", "\uFEFFa.test\n", "a.test")]
    [InlineData("both", "192.0.2.1\n2001:DB8::1\nbücher.test", "192.0.2.1 2001:db8::1 xn--bcher-kva.test")]
    public void A_file_is_one_certificate(string fileName, string content, string names)
    {
        var read = Parse(fileName, Encoding.UTF8.GetBytes(content));

        var certificate = Assert.Single(read.Certificates);
        Assert.Empty(read.Problems);
        Assert.Equal((fileName.ToLowerInvariant(), $"desired/{fileName}", names), (certificate.Label, certificate.Origin, string.Join(' ', certificate.Names)));
    }

    [Fact]
    public void One_bad_line_holds_the_whole_file_and_every_bad_line_is_named()
    {
        var read = Parse("shop", "a.test\nb_b.test\nc.test\n d..test # oh\n"u8);

        Assert.Empty(read.Certificates);
        Assert.Equal(["desired/shop:2", "desired/shop:4"], read.Problems.Select(problem => problem.Origin));
        Assert.Contains("underscore", read.Problems[0].Message);
    }

    [Theory]
    [InlineData("my-shop_", "", "stands for its own name")]
    [InlineData("no good", "a.test", "A label may also be")]
    [InlineData("binary", "\0\u0001", "character")]
    public void What_cannot_be_a_certificate_is_a_problem_of_its_file(string fileName, string content, string message)
    {
        var read = Parse(fileName, Encoding.UTF8.GetBytes(content));

        Assert.Empty(read.Certificates);
        var problem = Assert.Single(read.Problems);
        Assert.StartsWith($"desired/{fileName}", problem.Origin, StringComparison.Ordinal);
        Assert.Contains(message, problem.Message);
    }

    [Fact]
    public void A_huge_file_is_not_read() =>
        Assert.Contains("larger", Assert.Single(Parse("big", new byte[new DesiredFile().MaxBytes + 1]).Problems).Message);

    [Theory]
    [InlineData(".hidden", true)]
    [InlineData("backup~", true)]
    [InlineData("#emacs#", true)]
    [InlineData("shop.test", false)]
    public void What_editors_leave_is_ignored(string fileName, bool ignored) => Assert.Equal(ignored, WishFile.IsIgnored(fileName));

    private static DesiredCertificates Parse(string fileName, ReadOnlySpan<byte> content) => new DesiredFile().Parse(fileName, content, askedAt: null);
}
