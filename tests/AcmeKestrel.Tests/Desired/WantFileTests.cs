using System.Text;
using AcmeKestrel.Desired;
using AcmeKestrel.Desired.Files;

namespace AcmeKestrel.Tests.Desired;

public sealed class WantFileTests
{
    [Fact]
    public void A_section_is_a_certificate_and_its_header_is_its_name()
    {
        var said = Parse("""
            [example.com]
            provider = "zerossl"
            account = "admin@example.com"
            domains = [
              "example.com", # the shop
              "WWW.example.com",
            ]

            ["blog.example.com"]
            [ wiki . "example.com" ]
            ["*.example.net"]
            [intranet]
            domains = "a.example.org, b.example.org"
            ["2001:DB8::1"]
            [192.0.2.1]
            """);

        Assert.Empty(said.Problems);
        Assert.Equal(
            ["example.com: example.com www.example.com", "blog.example.com: blog.example.com", "wiki.example.com: wiki.example.com", "*.example.net: *.example.net", "intranet: a.example.org b.example.org", "2001:db8::1: 2001:db8::1", "192.0.2.1: 192.0.2.1"],
            said.Certificates.Select(wished => $"{wished.Label}: {string.Join(' ', wished.Names)}"));
        Assert.Equal(("zerossl", "admin@example.com", "want/sites.toml [example.com]"), (said.Certificates[0].Provider, said.Certificates[0].Email, said.Certificates[0].Origin));
    }

    [Theory]
    [InlineData("[a.test]\nprovider = \n[b.test]", "2: is no TOML: Unexpected token end-of-line found while expecting a value.")]
    [InlineData("[a.test]\nprovider = \"x\n[b.test]\nprofile = \"x\"", "2: is no TOML: Invalid newline in a string.")]
    [InlineData("[a.test]\ndomains = [ \"x\",\n[b.test]\nprofile = \"x\"", "2: is no TOML")]
    [InlineData("[a.test\nprovider = \"x\"\n[b.test]", "1: is no TOML")]
    [InlineData("[*.a.test]\nprovider = \"x\"\n[b.test]", "1: is no TOML")]
    [InlineData("[a.test] junk\n[b.test]", "1: is no TOML")]
    [InlineData("provider = \"x\"\n[b.test]", "1: 'provider' stands before the first section")]
    [InlineData("[[a.test]]\n[b.test]", "1: [[a.test]] is a list in TOML")]
    [InlineData("[\"\"]\n[b.test]", "1: '' is empty.")]
    [InlineData("[b.test]\n\n[B.test]\nprofile = \"x\"", "3: The section [b.test] stands in want/sites.toml:1 already")]
    [InlineData("[a_b.test]\n[b.test]", "1: Without 'domains' it is for its own name, but 'a_b.test' has an underscore")]
    public void A_broken_section_holds_no_other_one_and_is_told_with_its_line(string text, string problem)
    {
        var said = Parse(text);

        Assert.Equal("b.test", Assert.Single(said.Certificates).Label);
        Assert.StartsWith($"want/sites.toml:{problem}", $"{Assert.Single(said.Problems).Origin}: {said.Problems[0].Message}", StringComparison.Ordinal);
    }

    public static TheoryData<string, string> Hostile => new()
    {
        { "[../../etc/passwd]", "1: is no TOML" },
        { "[\"../../etc/passwd\"]", "1: '../../etc/passwd' has an empty label." },
        { "[\"a/b.test\"]", "1: 'a/b.test' has a character that no host name has." },
        { "[\"a\\u0000b.test\"]", "1: 'a?b.test' has a character that no host name has." },
        { "[\"a\\nb.test\"]", "1: 'a?b.test' has a character that no host name has." },
        { "[a.test]\nprovider = \"x\0\"", "2: is no TOML: Invalid control character found" },
        { $"[{new string('a', 300)}]", "1: 'aaa" },
        { $"[{string.Concat(Enumerable.Repeat("abcdefg.", 31))}abcdef.test]", "1: 'abcdefg.abc" },
        { "[::1]", "1: is no TOML" },
        { "[\"fe80::1%eth0\"]", "1: 'fe80::1%eth0' " },
        { "[a.test]\nx = " + new string('[', 100_000), "1: is nested deeper than anything that is read here." },
        { "[a.test]\nx = " + string.Concat(Enumerable.Repeat("{a=", 80_000)), "1: is nested deeper than anything that is read here." },
        { "[a.test]\nx = 99999999999999999999999999999999", "2: is no TOML: Unable to parse integer" },
        { "[a.test]\nreuse_key = 1e999999", "2: 'reuse_key' is true or false, without quotes, not a number." },
        { "[a.test]\n\"x\\u001b[2J\" = 1", "2: 'x [2J' is no known key" },
        { "[a.test]\nprovider = 'x' # \u0007", "2: is no TOML: Invalid control character U+0007 in comment" },
        { "[a.test]\nprofile = \"\\u", "2: is no TOML: Unexpected escape" },
        { "\u202E", "1: is no TOML" },
        { new string('[', 100_000), "1: is no TOML" },
    };

    [Theory]
    [MemberData(nameof(Hostile))]
    public void Hostile_text_is_told_in_words_that_do_no_harm(string text, string problem)
    {
        var said = Parse(text);

        Assert.Empty(said.Certificates);
        var told = Assert.Single(said.Problems);
        Assert.StartsWith($"want/sites.toml:{problem}", $"{told.Origin}: {told.Message}", StringComparison.Ordinal);
        Assert.InRange(told.Message.Length, 1, 600);
        Assert.False(told.Message.Any(character => char.IsControl(character) || character is '\u202E'), told.Message);
    }

    [Fact]
    public void The_longest_name_there_is_a_device_and_a_unicode_name_are_names_like_others()
    {
        var longest = string.Concat(Enumerable.Repeat("abcdefg.", 31)) + "abcde";

        var said = Parse($"[{longest}]\r\n[con]\r\ndomains = 'a.test'\r\n[\"B\u00dcCHER.test\"]\r\n");

        Assert.Empty(said.Problems);
        Assert.Equal([longest, "con", "xn--bcher-kva.test"], said.Certificates.Select(wished => wished.Label));
    }

    [Fact]
    public void A_huge_file_and_one_of_another_kind_are_not_read_and_take_nothing_away()
    {
        foreach (var said in new[] { new WantFile().Parse("sites.toml", new byte[new WantFile().MaxBytes + 1], null), Parse("[a.test]", "sites.conf") })
        {
            Assert.Empty(said.Certificates);
            Assert.True(said.Former!.AreAllMeant);
            Assert.Single(said.Problems);
        }
    }

    [Fact]
    public void A_name_of_a_file_forges_no_line_of_a_log()
    {
        var said = Parse("x", "a\n[Warning] all is lost\u202e.toml");

        Assert.All(said.Problems, problem => Assert.DoesNotContain(problem.Origin, character => char.IsControl(character) || character is '\u202E'));
    }

    [Fact]
    public void Of_very_many_faults_the_first_are_told_and_nothing_is_taken_away()
    {
        var said = Parse(string.Concat(Enumerable.Repeat("[a\n", 80_000)));

        Assert.Equal(21, said.Problems.Count);
        Assert.Equal("and 80 more.", said.Problems[^1].Message);
        Assert.True(said.Former!.AreAllMeant);
    }

    private static DesiredCertificates Parse(string text, string fileName = "sites.toml") => new WantFile().Parse(fileName, Encoding.UTF8.GetBytes(text), askedAt: null);
}
