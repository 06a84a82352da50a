using SampleWeb;

namespace AcmeKestrel.Tests.LocalCa;

public sealed class ToldLinesTests
{
    private readonly ToldLines _told = new();

    [Fact]
    public void A_line_is_told_once_and_anew_when_it_changes()
    {
        Assert.Equal("a: ordering", _told.Next("a", "a: ordering"));
        Assert.Null(_told.Next("a", "a: ordering"));
        Assert.Equal("a: served", _told.Next("a", "a: served"));
    }

    [Fact]
    public void That_there_are_more_is_said_once()
    {
        Fill();

        Assert.Equal("(and more, of which nothing is said here)", _told.Next("more", "more: served"));
        Assert.Null(_told.Next("more", "more: renewed"));
        Assert.Null(_told.Next("another", "another: served"));
    }

    [Fact]
    public void Those_that_were_told_first_are_told_on()
    {
        Fill();
        _told.Next("more", "more: served");

        Assert.Equal("7: renewed", _told.Next("7", "7: renewed"));
        Assert.Null(_told.Next("7", "7: renewed"));
    }

    [Fact]
    public void One_that_is_gone_makes_room_for_another()
    {
        Fill();
        _told.Forget("7");

        Assert.Equal("more: served", _told.Next("more", "more: served"));
    }

    private void Fill()
    {
        for (var number = 0; number < ToldLines.Most; number++) Assert.NotNull(_told.Next($"{number}", $"{number}: served"));
    }
}
