using AcmeKestrel.Certificates;
using AcmeKestrel.Challenges;

namespace AcmeKestrel.Tests.Challenges;

/// <summary>After an outage as many answers may be live as there are names: none of them is looked at for another one.</summary>
public sealed class AnswersByNameTests
{
    [Fact]
    public void An_answer_costs_the_same_beside_a_thousand_others_as_beside_ten()
    {
        var (few, many) = (Costs(10), Costs(1000));

        Assert.Equal(few, many);
        Assert.InRange(many, 1, 20);
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

    private static ChallengeAnswer Answer(string identifier, int number)
    {
        Assert.True(AcmeIdentifier.TryParse(identifier, out var parsed, out _));
        return new(ChallengeTypes.Http01, parsed, $"evaGxfADs6pSRb2LAv9IZf17Dt3juxGJ-PCt92wr-{number:000000}", $"evaGxfADs6pSRb2LAv9IZf17Dt3juxGJ-PCt92wr-{number:000000}.thumb");
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
