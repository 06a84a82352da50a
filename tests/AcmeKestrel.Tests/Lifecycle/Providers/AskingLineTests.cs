using AcmeKestrel.Certificates;
using AcmeKestrel.Lifecycle.Dispatching;
using AcmeKestrel.Lifecycle.Providers;

namespace AcmeKestrel.Tests.Lifecycle.Providers;

public sealed class AskingLineTests : ILabelWaker
{
    private static readonly CaKey Ca = new("https://ca.test/directory");
    private static readonly CaKey Other = new("https://other.test/directory");

    private readonly List<string> _woken = [];
    private readonly AskingLine _line;

    public AskingLineTests() => _line = new AskingLine(1, this);

    [Fact]
    public void They_are_called_one_for_each_place_in_the_order_in_which_they_came()
    {
        Assert.Equal([true, false, false], new[] { "a.test", "b.test", "c.test" }.Select(label => _line.TryEnter(Ca, label)));
        Assert.False(_line.TryEnter(Ca, "b.test"));

        _line.Leave(Ca);
        Assert.Equal(["b.test"], _woken);
        Assert.False(_line.TryEnter(Ca, "d.test"));
        Assert.True(_line.TryEnter(Ca, "b.test"));

        _line.Leave(Ca);
        Assert.True(_line.TryEnter(Ca, "c.test"));
        _line.Leave(Ca);
        Assert.True(_line.TryEnter(Ca, "d.test"));
        _line.Leave(Ca);
        Assert.Equal(["b.test", "c.test", "d.test"], _woken);
        Assert.True(_line.TryEnter(Ca, "a.test"));
    }

    [Fact]
    public void Another_ca_has_places_of_its_own()
    {
        Assert.True(_line.TryEnter(Ca, "a.test"));
        Assert.True(_line.TryEnter(Other, "b.test"));
    }

    [Fact]
    public void A_turn_that_is_not_used_goes_to_the_next_one()
    {
        foreach (var label in new[] { "a.test", "b.test", "c.test" }) _line.TryEnter(Ca, label);
        _line.Leave(Ca);

        using (_line.TurnOf("b.test")) Assert.Equal(["b.test"], _woken);
        Assert.Equal(["b.test", "c.test"], _woken);

        _line.TurnOf("c.test")!.Dispose();
        Assert.True(_line.TryEnter(Ca, "d.test"));
    }

    [Fact]
    public void A_turn_that_is_used_is_not_passed_on_at_the_end_of_the_run()
    {
        foreach (var label in new[] { "a.test", "b.test", "c.test" }) _line.TryEnter(Ca, label);
        _line.Leave(Ca);

        using (_line.TurnOf("b.test")) Assert.True(_line.TryEnter(Ca, "b.test"));

        Assert.Equal(["b.test"], _woken);
        Assert.False(_line.TryEnter(Ca, "d.test"));
    }

    /// <summary>It was called after its run began, most often right after it had come to stand in line: it is woken once more, and the place is kept.</summary>
    [Fact]
    public void A_turn_that_came_during_a_run_outlives_it()
    {
        foreach (var label in new[] { "a.test", "b.test", "c.test" }) _line.TryEnter(Ca, label);
        var turn = _line.TurnOf("b.test");
        Assert.Null(turn);

        _line.Leave(Ca);

        Assert.Equal(["b.test"], _woken);
        Assert.False(_line.TryEnter(Ca, "c.test"));
        Assert.True(_line.TryEnter(Ca, "b.test"));
    }

    [Fact]
    public void Whoever_asks_another_ca_by_now_keeps_no_place_at_the_former_one()
    {
        foreach (var label in new[] { "a.test", "b.test", "c.test", "d.test" }) _line.TryEnter(Ca, label);
        _line.Leave(Ca);
        Assert.True(_line.TryEnter(Other, "b.test"));
        Assert.Equal(["b.test", "c.test"], _woken);

        // This one is not called yet.
        Assert.False(_line.TryEnter(Other, "d.test"));
        Assert.True(_line.TryEnter(Ca, "c.test"));
        _line.Leave(Ca);
        Assert.True(_line.TryEnter(Ca, "e.test"));
        _line.Leave(Other);
        Assert.Equal(["b.test", "c.test", "d.test"], _woken);
    }

    void ILabelWaker.Wake(string label) => _woken.Add(label);

    void ILabelWaker.WakeBy(string label, DateTimeOffset time) => throw new NotSupportedException();
}
