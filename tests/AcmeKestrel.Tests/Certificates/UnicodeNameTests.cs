using AcmeKestrel.Certificates;
using AcmeKestrel.Certificates.International;
using CsCheck;

namespace AcmeKestrel.Tests.Certificates;

public sealed class UnicodeNameTests
{
    [Theory]
    [InlineData("bücher.example")]
    [InlineData("*.bücher.example")]
    [InlineData("straße.xn--zckzah", "straße.テスト")]
    [InlineData("москва.рф")]
    [InlineData("ελλάδα.example")]
    [InlineData("例え.テスト")]
    [InlineData("abcあア漢.example")]
    [InlineData("한국.example")]
    [InlineData("שלום.example")]
    [InlineData("मराठी.example")]
    public void A_name_is_shown_as_it_was_written(string text, string? shown = null)
    {
        var name = AcmeIdentifier.Parse(text).Value;

        Assert.Equal(shown ?? text, UnicodeName.Of(name));
        Assert.Equal($"{name} ({shown ?? text})", UnicodeName.Beside(name));
    }

    /// <summary>What may be copied (a path, a URL, a generation, a port) stays whole; what is not safe to show, and what is said already, is not said.</summary>
    [Theory]
    [InlineData("xn--bcher-kva.example: ordering", "xn--bcher-kva.example (bücher.example): ordering")]
    [InlineData("no certificate: *.xn--bcher-kva.example: dns-01: none; www.xn--bcher-kva.example, 'xn--bcher-kva.example'.", "no certificate: *.xn--bcher-kva.example (*.bücher.example): dns-01: none; www.xn--bcher-kva.example (www.bücher.example), 'xn--bcher-kva.example (bücher.example)'.")]
    [InlineData("(TXT _acme-challenge.xn--bcher-kva.example)", "(TXT _acme-challenge.xn--bcher-kva.example (_acme-challenge.bücher.example))")]
    [InlineData("It is xn--bcher-kva.example.", "It is xn--bcher-kva.example (bücher.example).")]
    [InlineData("/certs/xn--bcher-kva.example/cert.pem https://xn--bcher-kva.example/ xn--bcher-kva.example@2026 xn--bcher-kva.example:443")]
    [InlineData("xn--bcher-kva.example (bücher.example) and xn--pple-43d.example")]
    [InlineData("shop.example: ordering")]
    public void A_sentence_has_it_beside_each_name(string sentence, string? shown = null) => Assert.Equal(shown ?? sentence, UnicodeName.BesideEach(sentence));

    [Theory]
    [InlineData("shop.example")]
    [InlineData("xn--pple-43d.example", "Cyrillic a, Latin pple")]
    [InlineData("xn--80ak6aa92e.example", "Cyrillic letters that look like apple")]
    [InlineData("bücher.xn--pple-43d.example", "one label of several")]
    [InlineData("i\u2764.example", "a sign")]
    [InlineData("\u0e01\u0e020\u0431.example", "Thai and Cyrillic")]
    public void What_could_be_taken_for_another_one_stays_in_A_labels(string text, string? why = null)
    {
        var name = AcmeIdentifier.Parse(text).Value;

        Assert.True(UnicodeName.Of(name) is null, why);
        Assert.Equal(name, UnicodeName.Beside(name));
    }

    [Theory]
    [InlineData("xn--a")]
    [InlineData("xn--")]
    [InlineData("xn--bcher-kva\u202e.example")]
    [InlineData("no name xn--bcher-kva")]
    [InlineData("xn--knr.oH=y6pG")]
    public void What_is_no_name_is_shown_as_it_is(string text) => Assert.Equal(text, UnicodeName.Beside(text));

    [Fact]
    public void What_is_shown_is_the_name_and_forges_nothing() => Gen.OneOf(
            Gen.Char["abßüабшאב漢かア한ก0-."].Array[1, 12].Select(characters => new string(characters)),
            Gen.String[0, 20].Select(text => "xn--" + text))
        .Sample(text =>
        {
            var shown = AcmeIdentifier.TryParse(text, out var name, out _) ? UnicodeName.Of(name.Value) : UnicodeName.Of(text);
            if (shown is null) return;

            // What is put before a name in DNS aside.
            if (text.Contains('_', StringComparison.Ordinal)) return;

            Assert.Equal(name?.Value ?? text, AcmeIdentifier.Parse(shown).Value);
            Assert.All(shown, c => Assert.True(!PlainText.IsUnsafe(c) && !char.IsWhiteSpace(c)));
        });
}
