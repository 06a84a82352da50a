namespace AcmeKestrel.Lifecycle.Telling;

/// <summary>Hears of every event of every label, in the order in which they happened to the label. Must be quick, and must not throw.</summary>
internal interface ILabelObserver
{
    void On(LabelEvent happened);
}

/// <summary>Hands the events of the labels on.</summary>
internal sealed class LabelEvents(IEnumerable<ILabelObserver> observers)
{
    private readonly ILabelObserver[] _observers = [.. observers];

    public void Publish(LabelEvent happened)
    {
        foreach (var observer in _observers) observer.On(happened);
    }
}
