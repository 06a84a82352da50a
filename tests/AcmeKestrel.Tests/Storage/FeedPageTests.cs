using AcmeKestrel.Storage.Engine;

namespace AcmeKestrel.Tests.Storage;

/// <summary>Which of the changes that were acknowledged a page of a feed shows to be gone.</summary>
public sealed class FeedPageTests
{
    private static readonly Change[] Page = [new(3, 'a'), new(4, 'b'), new(6, 'c')];

    [Theory]
    [InlineData(3, 'a', false, "it is there")]
    [InlineData(6, 'c', false, "it is there")]
    [InlineData(2, 'x', false, "it is too old to be kept")]
    [InlineData(5, 'x', true, "its place is passed over")]
    [InlineData(4, 'x', true, "another one has its place")]
    [InlineData(7, 'x', true, "the feed ends before it")]
    public void What_a_whole_feed_does_not_have_is_gone_unless_it_is_older(int place, char mark, bool isGone, string why) =>
        Assert.True(new FeedPage<Change>(Page, isCut: false).Lacks(new Change(place, mark)) == isGone, why);

    [Fact]
    public void What_comes_after_a_page_that_is_cut_is_on_the_next_one()
    {
        var page = new FeedPage<Change>(Page, isCut: true);

        Assert.False(page.Lacks(new Change(7, 'x')));
        Assert.True(page.Lacks(new Change(5, 'x')));
    }

    [Fact]
    public void An_empty_feed_has_lost_whatever_was_there() => Assert.True(new FeedPage<Change>([], isCut: false).Lacks(new Change(1, 'a')));

    private readonly record struct Change(int Place, char Mark) : IComparable<Change>
    {
        public int CompareTo(Change other) => Place.CompareTo(other.Place);
    }
}
