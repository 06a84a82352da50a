using AcmeKestrel.Protocol;
using AcmeKestrel.Protocol.Messages;

namespace AcmeKestrel.Tests.Protocol;

public sealed class LinkHeaderTests
{
    [Theory]
    [InlineData("""<https://ca.test/1>;rel="alternate", <https://ca.test/2>; rel="alternate" """, "https://ca.test/1 https://ca.test/2")]
    [InlineData("<https://ca.test/1>;rel=alternate,<https://ca.test/index>;rel=index", "https://ca.test/1")]
    [InlineData("""<https://ca.test/a,b;c>; title="x, <https://evil.test>; rel=\"alternate\""; REL=Alternate""", "https://ca.test/a,b;c")]
    [InlineData("""</rel/1>; rel="up alternate" """, "/rel/1")]
    [InlineData("""<https://ca.test/1>; rel="up"; rel="alternate" """, "")]
    [InlineData("""<https://ca.test/1>; rel="alternate"; anchor="/of-another", <https://ca.test/2>; rel="alternate" """, "https://ca.test/2")]
    [InlineData("<https://ca.test/1>", "")]
    [InlineData("https://ca.test/1; rel=alternate", "")]
    [InlineData("<https://ca.test/1; rel=alternate", "")]
    [InlineData("""<https://ca.test/1>; rel = "alternate""", "https://ca.test/1")]
    [InlineData("", "")]
    public void Links_are_found_however_they_are_written(string field, string expected) =>
        Assert.Equal(expected, string.Join(' ', LinkHeader.Targets([field], "alternate")));

    [Fact]
    public void Fields_may_be_repeated() => Assert.Equal(["a", "b"], LinkHeader.Targets(["<a>;rel=next", "<b>;rel=next"], "next"));
}
