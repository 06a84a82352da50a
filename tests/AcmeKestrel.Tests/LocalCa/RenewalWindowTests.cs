using AcmeKestrel.LocalCa.Rules;
using CsCheck;

namespace AcmeKestrel.Tests.LocalCa;

public sealed class RenewalWindowTests
{
    private static readonly DateTimeOffset Start = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData(90 * 24, 60 * 24, 1.8 * 24)]
    [InlineData(10 * 24, 160, 4.8)]
    [InlineData(160, 80, 3.2)]
    [InlineData(1, 0.5, 0.02)]
    public void A_window_lies_at_two_thirds_of_a_long_life_and_at_half_of_a_short_one(double lifetime, double centre, double width)
    {
        var window = RenewalWindow.Suggest(Start, Start.AddHours(lifetime).AddSeconds(-1), revoked: false, Start);

        Assert.Equal(Start.AddHours(centre), window.Start + ((window.End - window.Start) / 2));
        Assert.Equal(TimeSpan.FromHours(width), window.End - window.Start);
        Assert.Null(window.Explanation);
    }

    [Fact]
    public void A_revoked_certificate_is_late_already()
    {
        var now = Start.AddDays(3);

        Assert.Equal(new RenewalWindow(now.AddHours(-1), now.AddMinutes(-30)), RenewalWindow.Suggest(Start, Start.AddDays(90), revoked: true, now));
    }

    [Fact]
    public void Every_window_is_open_within_the_certificates_life() => Gen.Int[10, 400 * 86_400].Sample(seconds =>
    {
        var window = RenewalWindow.Suggest(Start, Start.AddSeconds(seconds - 1), revoked: false, Start);
        return window.Start > Start && window.Start < window.End && window.End < Start.AddSeconds(seconds);
    });
}
