using AcmeKestrel.Lifecycle.Dispatching;
using AcmeKestrel.Lifecycle.Stored;

namespace AcmeKestrel.Lifecycle;

/// <summary>Has labels whose stored certificate turned out to be wrong read anew, each by its own work.</summary>
internal sealed class SuspectLabels(Labels labels, ILabelWaker waker) : ISuspects
{
    public void Suspect(string label, string generation)
    {
        labels.Of(label).Suspect(generation);
        waker.Wake(label);
    }
}
