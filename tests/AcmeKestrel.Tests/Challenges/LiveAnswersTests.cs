using AcmeKestrel.Certificates;
using AcmeKestrel.Challenges;
using AcmeKestrel.Tests.Serving;
using CsCheck;
using Microsoft.Extensions.Time.Testing;

namespace AcmeKestrel.Tests.Challenges;

public sealed class LiveAnswersTests
{
    private const string Token = "evaGxfADs6pSRb2LAv9IZf17Dt3juxGJ-PCt92wr-oA";

    private readonly FakeTimeProvider _time = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("shop.test", "shop.test", true)]
    [InlineData("shop.test", "SHOP.Test.", true)]
    [InlineData("shop.test", "www.shop.test", false)]
    [InlineData("192.0.2.1", "192.0.2.1", true)]
    [InlineData("2001:db8::1", "[2001:DB8:0::1]", true)]
    [InlineData("2001:db8::1", "[2001:db8::2]", false)]
    [InlineData("2001:db8::5efe:c000:201", "[2001:db8::5efe:c000:201]", true)]
    [InlineData("2001:db8::5efe:c000:201", "[2001:db8::5efe:192.0.2.1]", true)]
    [InlineData("fe80::1", "[fe80::1%25eth0]", true)]
    [InlineData("fe80::1", "[fe80::1%2]", true)]
    public async Task A_token_is_answered_for_exactly_the_host_it_was_issued_for(string issuedFor, string host, bool isAnswered)
    {
        var answers = new LiveAnswers(_time);
        var answer = Pending(issuedFor);
        answers.Publish(answer);

        Assert.Equal(isAnswered ? answer.KeyAuthorization : null, await answers.FindHttp01Async(host, Token, default, Cancellation));
    }

    [Fact]
    public async Task An_answer_is_given_until_it_is_withdrawn()
    {
        var answers = new LiveAnswers(_time);
        var (kept, withdrawn) = (Pending("shop.test"), Pending("api.test"));
        answers.Publish(kept);
        answers.Publish(withdrawn);
        answers.Withdraw(withdrawn);

        _time.Advance(TimeSpan.FromDays(30));

        Assert.Equal(kept.KeyAuthorization, await answers.FindHttp01Async("shop.test", Token, default, Cancellation));
        Assert.Null(await answers.FindHttp01Async("api.test", Token, default, Cancellation));
    }

    [Fact]
    public void A_probe_is_answered_by_name_and_for_an_address_by_its_reverse_name()
    {
        var answers = new LiveAnswers(_time);
        foreach (var name in new[] { "shop.test", "192.0.2.1", "2001:db8::1" }) answers.Publish(Pending(name, ChallengeTypes.TlsAlpn01));

        Assert.True(answers.TryFindTlsAlpn01("SHOP.test", out _));
        Assert.True(answers.TryFindTlsAlpn01("1.2.0.192.in-addr.arpa", out var v4));
        Assert.True(answers.TryFindTlsAlpn01("1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa", out var v6));
        Assert.Equal(("192.0.2.1", "2001:db8::1"), (v4.Identifier.Value, v6.Identifier.Value));
        Assert.False(answers.TryFindTlsAlpn01("192.0.2.1", out _));
    }

    [Fact]
    public void Withdrawing_an_answer_leaves_a_later_one_for_the_name()
    {
        var answers = new LiveAnswers(_time);
        var first = Pending("shop.test", ChallengeTypes.TlsAlpn01);
        var second = first with { Token = "second", KeyAuthorization = "second.x" };
        answers.Publish(first);
        answers.Publish(second);
        answers.Withdraw(first);

        Assert.True(answers.TryFindTlsAlpn01("shop.test", out var answer));
        Assert.Equal(second, answer);
    }

    [Fact]
    public void A_type_answers_its_own_probes_only()
    {
        var answers = new LiveAnswers(_time);
        answers.Publish(Pending("shop.test"));

        Assert.False(answers.TryFindTlsAlpn01("shop.test", out _));
    }

    [Fact]
    public void Of_two_orders_for_one_name_the_end_of_the_later_one_leaves_the_answer_of_the_other()
    {
        var answers = new LiveAnswers(_time);
        var first = Pending("shop.test", ChallengeTypes.TlsAlpn01);
        var second = first with { Token = "second", KeyAuthorization = "second.x" };
        answers.Publish(first);
        answers.Publish(second);
        answers.Withdraw(second);

        Assert.True(answers.TryFindTlsAlpn01("shop.test", out var answer));
        Assert.Equal(first, answer);
    }

    [Fact]
    public void A_token_is_well_formed_exactly_when_it_is_short_base64url() =>
        Gen.String[Gen.Char["ABZabz019-_+/=. %\u00e9\0"], 0, 300].Sample(token => ChallengeToken.IsWellFormed(token)
            == (token.Length is > 0 and <= 256 && token.All(character => char.IsAsciiLetterOrDigit(character) || character is '-' or '_')));

    private static ChallengeAnswer Pending(string name, string type = ChallengeTypes.Http01) => Probes.Pending(name, type, Token);
}
