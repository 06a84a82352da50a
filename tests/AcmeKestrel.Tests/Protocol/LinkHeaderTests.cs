using AcmeKestrel.Protocol;
using CsCheck;

namespace AcmeKestrel.Tests.Protocol;

public sealed class LinkHeaderTests
{
    [Theory]
    [InlineData("""<https://ca.test/1>;rel="alternate", <https://ca.test/2>; rel="alternate" """, "https://ca.test/1 https://ca.test/2")]
    [InlineData("<https://ca.test/1>;rel=alternate,<https://ca.test/index>;rel=index", "https://ca.test/1")]
    [InlineData("""<https://ca.test/a,b;c>; title="x, <https://evil.test>; rel=\"alternate\""; REL=Alternate""", "https://ca.test/a,b;c")]
    [InlineData("""</rel/1>; rel="up alternate" """, "/rel/1")]
    [InlineData("""<https://ca.test/1>; rel="up"; rel="alternate" """, "")]
    [InlineData("<https://ca.test/1>", "")]
    [InlineData("https://ca.test/1; rel=alternate", "")]
    [InlineData("<https://ca.test/1; rel=alternate", "")]
    [InlineData("""<https://ca.test/1>; rel = "alternate""", "https://ca.test/1")]
    [InlineData("", "")]
    public void Links_are_found_however_they_are_written(string field, string expected) =>
        Assert.Equal(expected, string.Join(' ', LinkHeader.Targets([field], "alternate")));

    [Fact]
    public void Fields_may_be_repeated() => Assert.Equal(["a", "b"], LinkHeader.Targets(["<a>;rel=next", "<b>;rel=next"], "next"));

    [Fact]
    public void What_was_written_by_the_book_is_read_back()
    {
        var text = Gen.Char["abc,;<>=\\\" /"].Array[0, 8].Select(chars => new string(chars));
        var target = Gen.Char["abc,;=/:\""].Array[1, 12].Select(chars => "https://ca.test/" + new string(chars));
        var link = Gen.Select(target, Gen.OneOf("next", "alternate", "up"), Gen.Bool, text);

        link.Array[0, 5].Sample(links =>
        {
            static string Quote(string value) => $"\"{value.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal)}\"";
            var field = string.Join(", ", links.Select(l => $"<{l.Item1}>; title={Quote(l.Item4)};rel={(l.Item3 ? Quote(l.Item2) : l.Item2)}"));
            Assert.Equal(links.Where(l => l.Item2 == "alternate").Select(l => l.Item1), LinkHeader.Targets([field], "alternate"));
        });
    }

    [Fact]
    public void Garbage_is_skipped() => Gen.String["<>;,=\"\\ relnxt"].Sample(text => { LinkHeader.Targets([text, text], "next"); }, iter: 10_000);
}
