using AcmeKestrel.Certificates;

namespace AcmeKestrel.Lifecycle.Proving;

/// <summary>Who writes which record.</summary>
/// <param name="Name">What it proves, a wildcard with its <c>*.</c>.</param>
/// <param name="Provider">The DNS provider's name in the configuration.</param>
internal sealed record DnsPlan(AcmeIdentifier Name, string Provider, DnsChallengeRecord Record)
{
    /// <summary>A person sets it.</summary>
    public bool IsByHand { get; init; }

    /// <summary>As a line of a zone file, which an operator can copy.</summary>
    public string Line => $"{Record.Name}. IN TXT \"{Record.Value}\"";
}
