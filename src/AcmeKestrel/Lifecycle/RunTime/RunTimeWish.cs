using System.Text.Json.Serialization;
using AcmeKestrel.Certificates;
using AcmeKestrel.Desired;

namespace AcmeKestrel.Lifecycle.RunTime;

/// <summary>A wish made at run time, as it is kept.</summary>
internal sealed record RunTimeWish
{
    [JsonRequired]
    public IReadOnlyList<string> Names { get; init; } = [];

    public string? Provider { get; init; }

    public string? Email { get; init; }

    public AcmeKeyType? KeyType { get; init; }

    public string? Profile { get; init; }

    public bool? RequireProfile { get; init; }

    public string? PreferredChain { get; init; }

    public IReadOnlyList<string>? Challenges { get; init; }

    public bool? IncludeBareDomain { get; init; }

    public static string OriginOf(string label) => $"the run-time wish '{label}'";

    public DesiredCertificate Worded(string label) => new(Names, OriginOf(label))
    {
        Label = label,
        Provider = Provider,
        Email = Email,
        KeyType = KeyType,
        Profile = Profile,
        RequireProfile = RequireProfile,
        PreferredChain = PreferredChain,
        Challenges = Challenges,
        IncludeBareDomain = IncludeBareDomain,
    };
}
