using AcmeKestrel.Certificates;

namespace AcmeKestrel.Configuration.OnDemand;

/// <summary>How names come to a certificate that nobody wished, checked.</summary>
/// <param name="Ask">Who says which may; null: code of the application's.</param>
internal sealed record OnDemandSettings(Uri? Ask)
{
    /// <summary>Most CAs issue within a few seconds, and few clients wait longer for a handshake.</summary>
    public static readonly TimeSpan DefaultWait = TimeSpan.FromSeconds(15);

    /// <summary>Names asked for.</summary>
    public static readonly RateLimit DefaultAsks = new(600, TimeSpan.FromMinutes(1));

    /// <summary>A half of what Let's Encrypt lets an account order: renewals and wished names have the other one.</summary>
    public static readonly RateLimit DefaultNewNames = new(50, TimeSpan.FromHours(1));

    /// <summary>How long a handshake waits.</summary>
    public TimeSpan Wait { get; init; } = DefaultWait;

    public RateLimit Asks { get; init; } = DefaultAsks;

    public RateLimit NewNames { get; init; } = DefaultNewNames;
}
