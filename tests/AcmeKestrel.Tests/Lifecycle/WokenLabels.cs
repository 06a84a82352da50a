using AcmeKestrel.Lifecycle.Dispatching;

namespace AcmeKestrel.Tests.Lifecycle;

/// <summary>Who is to be looked at again.</summary>
internal sealed class WokenLabels : ILabelWaker
{
    public Dictionary<string, DateTimeOffset> At { get; } = [];

    public void Wake(string label) => At[label] = default;

    public void WakeBy(string label, DateTimeOffset time) => At[label] = time;

    public string Take()
    {
        var labels = string.Join(' ', At.Keys.Order());
        At.Clear();
        return labels;
    }
}
