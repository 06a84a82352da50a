using System.Globalization;

namespace AcmeKestrel.Tests.Soak;

/// <summary>How much there is to do: seconds' worth beside other tests, or as many handshakes as <c>ACMEKESTREL_SOAK_HANDSHAKES</c> says (a million in <c>.ci/soak</c>).</summary>
/// <param name="Names">With a stored certificate each.</param>
/// <param name="Regulars">The first ones of them, which most clients want; the other clients want any name.</param>
/// <param name="Clients">At once.</param>
/// <param name="IsPatient">No deadline of the server's can decide, however busy the machine is.</param>
internal sealed record SoakSize(int Names, int Regulars, int Handshakes, int Swaps, int MaxLoaded, int HotNames, int Clients, int ReportedAfter, bool IsPatient)
{
    private const int HandshakesToASwap = 1000;

    /// <summary>Far fewer places than names: certificates make room for others all the time.</summary>
    public static SoakSize Current { get; } =
        Environment.GetEnvironmentVariable("ACMEKESTREL_SOAK_HANDSHAKES") is { Length: > 0 } text ? Large(int.Parse(text, NumberStyles.None, CultureInfo.InvariantCulture)) : new(300, 70, 1500, 50, 64, 40, 12, int.MaxValue, IsPatient: true);

    private static SoakSize Large(int handshakes) => new(10_000, 160, handshakes, Math.Max(1, handshakes / HandshakesToASwap), 512, 128, 16, 20_000, IsPatient: false);
}
