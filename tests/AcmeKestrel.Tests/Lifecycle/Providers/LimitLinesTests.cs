using AcmeKestrel.Certificates;
using AcmeKestrel.Lifecycle.Dispatching;
using AcmeKestrel.Lifecycle.Planning.Renewals;
using AcmeKestrel.Lifecycle.Providers;

namespace AcmeKestrel.Tests.Lifecycle.Providers;

public sealed class LimitLinesTests
{
    private static readonly DateTimeOffset Now = new(2026, 11, 23, 12, 0, 0, TimeSpan.Zero);
    private static readonly LimitLine Line = new(new CaKey("https://ca.test/dir"), "orders|a");
    private static readonly LimitLine Other = new(new CaKey("https://other.test/dir"), "orders|a");
    private static readonly LimitLine Account = Line with { Bucket = "orders|b" };
    private readonly Woken _woken = new();
    private readonly LimitLines _lines;

    public LimitLinesTests() => _lines = new LimitLines(_woken);

    [Fact]
    public void Whose_certificate_ends_first_is_first_and_who_goes_on_wakes_the_next_one()
    {
        _lines.Stand(Line, "late.test", Now.AddDays(20));
        _lines.Stand(Line, "soon.test", Now.AddDays(1));
        _lines.Stand(Line, "middle.test", Now.AddDays(5));
        Assert.Equal([false, true, true], new[] { ("soon.test", 1), ("middle.test", 5), ("late.test", 20) }.Select(label => IsBehind(Line, label.Item1, Now.AddDays(label.Item2))));
        Assert.Empty(_woken);

        _lines.Leave("soon.test");
        Assert.Equal(["middle.test"], _woken);
        Assert.False(IsBehind(Line, "middle.test", Now.AddDays(5)));

        _lines.Leave("late.test");
        Assert.Equal(["middle.test"], _woken);
        _lines.Leave("middle.test");
        _lines.Leave("middle.test");
        Assert.Equal(["middle.test"], _woken);
        Assert.False(IsBehind(Line, "any.test", Now.AddDays(99)));
    }

    [Fact]
    public void Who_is_not_in_line_does_not_overtake_those_whose_certificates_end_sooner()
    {
        _lines.Stand(Line, "stands.test", Now.AddDays(5));

        Assert.True(IsBehind(Line, "comes.test", Now.AddDays(6)));
        Assert.False(IsBehind(Line, "hurries.test", Now.AddDays(4)));
        Assert.False(IsBehind(Other, "comes.test", Now.AddDays(6)));
    }

    /// <summary>A name without a certificate would come later with each look.</summary>
    [Fact]
    public void A_place_is_kept_and_another_CAs_line_is_another_one()
    {
        _lines.Stand(Line, "first.test", Now.AddDays(3));
        _lines.Stand(Line, "second.test", Now.AddDays(4));
        _lines.Stand(Line, "first.test", Now.AddDays(9));
        Assert.False(IsBehind(Line, "first.test", Now.AddDays(9)));

        _lines.Stand(Other, "first.test", Now.AddDays(9));
        Assert.Equal(["second.test"], _woken);
        Assert.False(IsBehind(Line, "second.test", Now.AddDays(4)));
        Assert.False(IsBehind(Other, "first.test", Now.AddDays(9)));
    }

    /// <summary>A share of the account's orders is kept for certificates close to their end: they must not stand behind those who cannot have it.</summary>
    [Fact]
    public void Certificates_close_to_their_end_stand_before_all_others_also_when_they_come_there_in_line()
    {
        var month = new CertificateFacts("a.test", "g", new SubjectNameSet(["a.test"]), AcmeKeyType.P256, KeyFamily.P256, Line.Ca, null, Now.AddDays(-60), Now.AddDays(30));
        _lines.Stand(Line, "a.test", RenewalTime.RankOf(month, Now));
        _lines.Stand(Line, "new.test", RenewalTime.RankOf(null, Now));
        Assert.True(IsBehind(Line, "a.test", RenewalTime.RankOf(month, Now)));

        var later = Now.AddDays(20);
        Assert.False(IsBehind(Line, "a.test", RenewalTime.RankOf(month, later)));
        _lines.Stand(Line, "a.test", RenewalTime.RankOf(month, later));
        Assert.True(IsBehind(Line, "new.test", RenewalTime.RankOf(null, later)));
    }

    [Fact]
    public void Each_bucket_has_its_line()
    {
        _lines.Stand(Line, "a.test", Now.AddDays(5));
        _lines.Stand(Account, "b.test", Now.AddDays(3));
        _lines.Stand(Other, "c.test", Now.AddDays(1));

        Assert.Equal(["orders|a", "orders|b"], _lines.BehindAt(Line.Ca, "comes.test", Now.AddDays(6)).Order());
        Assert.Equal(["orders|b"], _lines.BehindAt(Line.Ca, "a.test", Now.AddDays(5)));
        Assert.Empty(_lines.BehindAt(Line.Ca, "hurries.test", Now.AddDays(2)));
    }

    private bool IsBehind(LimitLine line, string label, DateTimeOffset rank) => _lines.BehindAt(line.Ca, label, rank).Contains(line.Bucket);

    private sealed class Woken : List<string>, ILabelWaker
    {
        public void Wake(string label) => Add(label);

        public void WakeBy(string label, DateTimeOffset time) => Add(label);
    }
}
