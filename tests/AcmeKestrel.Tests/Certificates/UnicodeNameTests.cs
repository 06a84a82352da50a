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
    public void What_is_no_name_is_shown_as_it_is(string text) => Assert.Equal(text, UnicodeName.Beside(text));

    [Fact]
    public void What_is_shown_is_the_name_and_forges_nothing() => Gen.OneOf(
            Gen.Char["abßüабшאב漢かア한ก0-."].Array[1, 12].Select(characters => new string(characters)),
            Gen.String[0, 20].Select(text => "xn--" + text))
        .Sample(text =>
        {
            var shown = AcmeIdentifier.TryParse(text, out var name, out _) ? UnicodeName.Of(name.Value) : UnicodeName.Of(text);
            if (shown is null) return;

            Assert.Equal(name?.Value ?? text, AcmeIdentifier.Parse(shown).Value);
            Assert.All(shown, c => Assert.True(!PlainText.IsUnsafe(c) && !char.IsWhiteSpace(c)));
        });
}
