using AcmeKestrel.Storage;
using AcmeKestrel.Storage.Engine;

namespace AcmeKestrel.Lifecycle.State;

/// <summary>How the right to write is kept.</summary>
/// <param name="Duration">What is asked for; a third of it later it is renewed.</param>
/// <param name="Margin">So long before its end a lease that could not be renewed is given up: no write must come after it.</param>
/// <param name="Retry">So often whoever has not got it tries to.</param>
/// <param name="RenewAgainAfter">An engine has hiccups: a renewal that failed is tried again so soon, while the lease lasts.</param>
internal sealed record LeaseTimes(TimeSpan Duration, TimeSpan Margin, TimeSpan Retry, TimeSpan RenewAgainAfter)
{
    /// <summary>There are others who may have it, and one of them should.</summary>
    public bool AreOfFleet { get; private init; }

    /// <summary>A kernel's lock goes with its process, so the time counts only where one hangs.</summary>
    public static LeaseTimes OfMachine { get; } = new(TimeSpan.FromMinutes(5), TimeSpan.FromSeconds(30), TimeSpan.FromSeconds(15), TimeSpan.FromSeconds(5));

    /// <param name="store">Whose lease it is.</param>
    /// <param name="duration">As the settings say it for engines.</param>
    public static LeaseTimes Of(IAcmeStore store, TimeSpan duration) => store.IsShared() ? OfFleet(duration) : OfMachine;

    /// <summary>A machine that dies takes nothing back: the others wait for the lease's end.</summary>
    private static LeaseTimes OfFleet(TimeSpan duration) => new(duration, duration / 6, duration / 10, duration / 15) { AreOfFleet = true };
}
