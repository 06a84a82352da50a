using System.Text.Json.Serialization;

namespace AcmeKestrel.Lifecycle.Planning.Renewals;

/// <summary>What a CA said of a certificate's renewal, and when it is asked again; kept with the schedule, so that no restart picks or asks anew.</summary>
/// <param name="Generation">The certificate it is about; for another one it says nothing.</param>
/// <param name="NextFetch">The CA is not asked before.</param>
internal sealed record RenewalHint([property: JsonRequired] string Generation, DateTimeOffset NextFetch)
{
    /// <summary>The window last suggested; it stays while the CA cannot be asked. Null where there never was one.</summary>
    public RenewalWindow? Window { get; init; }

    /// <summary>Questions in a row that brought no window.</summary>
    public int Failures { get; init; }

    /// <summary>It says when to ask again and no more.</summary>
    [JsonIgnore]
    public bool IsEmpty => this is { Window: null, Failures: 0 };
}

/// <summary>A suggested window (RFC 9773 section 4.2) and the moment in it that is this certificate's.</summary>
/// <param name="Pick">Chosen once a window: choosing at each look would drift to its beginning.</param>
/// <param name="ExplanationUrl">To show, never to fetch.</param>
internal sealed record RenewalWindow(DateTimeOffset Start, DateTimeOffset End, DateTimeOffset Pick, string? ExplanationUrl);
