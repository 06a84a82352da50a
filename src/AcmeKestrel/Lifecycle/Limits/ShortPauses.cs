namespace AcmeKestrel.Lifecycle.Limits;

/// <summary>
/// The first pauses after faults of a CA's side, for a name without a usable certificate: mostly the network, or the CA, is not up yet, and will be in seconds. They come
/// before the usual ladder, once for each outage.
/// </summary>
internal static class ShortPauses
{
    private static readonly TimeSpan[] All = [TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(15), TimeSpan.FromSeconds(30)];

    public static int Count => All.Length;

    /// <summary>The pause after so many; null: they are used up.</summary>
    public static TimeSpan? After(int taken) => taken < All.Length ? All[taken] : null;
}
