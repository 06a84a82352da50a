namespace AcmeKestrel.Lifecycle.Dispatching;

/// <summary>Has labels looked at again: for whoever kept them waiting.</summary>
internal interface ILabelWaker
{
    /// <summary>The label is looked at now, or right after the run that is under way.</summary>
    void Wake(string label);

    /// <summary>The label is looked at then, or earlier.</summary>
    void WakeBy(string label, DateTimeOffset time);
}
