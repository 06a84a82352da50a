using AcmeKestrel.Certificates;
using AcmeKestrel.Challenges;

namespace AcmeKestrel.Tests.Challenges;

/// <summary>After an outage as many answers may be live as there are names: none of them is looked at for another one.</summary>
public sealed class AnswersByNameTests
{
    [Fact]
    public void An_answer_costs_the_same_beside_ten_thousand_others_as_beside_ten()
    {
        var (few, many) = (Costs(10), Costs(10_000));

        Assert.Equal(few, many);
        Assert.InRange(many, 1, 20);
    }

    /// <summary>A copy of all answers, or of all their names, is tens of kilobytes of ten thousand.</summary>
    [Theory]
    [InlineData(ChallengeTypes.Http01)]
    [InlineData(ChallengeTypes.TlsAlpn01)]
    public async Task Showing_an_answer_finding_it_and_taking_it_back_makes_no_list_of_the_others(string type)
    {
        var (few, many) = (await AllocatedAsync(10, type), await AllocatedAsync(10_000, type));

        Assert.InRange(few, 1, 4000);
        Assert.InRange(many, 1, few + 400);
    }

    [Fact]
    public void Whether_any_is_for_an_address_is_known_without_a_look_at_those_for_names()
    {
        var answers = new LiveAnswers(TimeProvider.System);
        var (name, address) = (Answer("shop.test", 0), Answer("192.0.2.1", 1));
        answers.Publish(name);
        Assert.Equal((false, true), (answers.AreShownOverHttp(null), answers.AreShownOverHttp("SHOP.test")));

        answers.Publish(address);
        Assert.True(answers.AreShownOverHttp(null));
        Assert.True(answers.AreShownOverHttp("192.0.2.1"));

        answers.Withdraw(address);
        Assert.Equal((false, true), (answers.AreShownOverHttp(null), answers.AreShownOverHttp("shop.test")));
    }

    /// <summary>Names that are hashed or compared until an answer is given, found and taken back, once another one for its name is there, too.</summary>
    private static int Costs(int others)
    {
        var names = new CountingNames();
        var answers = new AnswersByName(names);
        for (var i = 0; i < others; i++) answers.Add($"n{i}.test", Answer($"n{i}.test", i));
        var (first, second) = (Answer("shop.test", others), Answer("shop.test", others + 1));
        answers.Add("shop.test", first);
        names.Begin();

        answers.Add("shop.test", second);
        Assert.True(answers.TryFind("shop.test", out var found));
        Assert.Same(second, found);
        Assert.False(answers.TryFind("other.test", out _));
        answers.Remove("shop.test", first);
        answers.Remove("shop.test", second);
        var calls = names.Calls;

        Assert.False(answers.TryFind("shop.test", out _));
        return calls;
    }

    /// <summary>Bytes for one answer; the least of some, since what holds them all is made larger now and then.</summary>
    private static async Task<long> AllocatedAsync(int others, string type)
    {
        var (answers, least) = (new LiveAnswers(TimeProvider.System), long.MaxValue);
        for (var i = 0; i < others; i++) answers.Publish(Answer($"n{i:000000}.test", i, type));
        for (var i = others; i < others + 50; i++)
        {
            var (name, answer) = ($"n{i:000000}.test", Answer($"n{i:000000}.test", i, type));
            var before = GC.GetAllocatedBytesForCurrentThread();
            answers.Publish(answer);
            var token = answers.FindHttp01Async(name, answer.Token, default, CancellationToken.None);
            var probe = answers.FindTlsAlpn01Async(name, default, CancellationToken.None);
            _ = (answers.AreShownOverHttp(name), answers.AreShownOverHttp(null), answers.FindOtherHost("other.test", answer.Token), answers.TryFindTlsAlpn01("other.test", out _));
            answers.Withdraw(answer);
            least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);

            Assert.True(token.IsCompleted && probe.IsCompleted);
            Assert.True(await token == answer.KeyAuthorization || await probe == answer);
        }

        return least;
    }

    private static ChallengeAnswer Answer(string identifier, int number, string type = ChallengeTypes.Http01)
    {
        Assert.True(AcmeIdentifier.TryParse(identifier, out var parsed, out _));
        return new(type, parsed, $"evaGxfADs6pSRb2LAv9IZf17Dt3juxGJ-PCt92wr-{number:000000}", $"evaGxfADs6pSRb2LAv9IZf17Dt3juxGJ-PCt92wr-{number:000000}.thumb");
    }

    private sealed class CountingNames : StringComparer
    {
        public int Calls { get; private set; }

        public void Begin() => Calls = 0;

        public override int Compare(string? x, string? y)
        {
            Calls++;
            return string.CompareOrdinal(x, y);
        }

        public override bool Equals(string? x, string? y)
        {
            Calls++;
            return string.Equals(x, y, StringComparison.Ordinal);
        }

        public override int GetHashCode(string obj)
        {
            Calls++;
            return Ordinal.GetHashCode(obj);
        }
    }
}
