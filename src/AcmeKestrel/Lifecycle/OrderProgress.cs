using System.Text.Json.Serialization;

namespace AcmeKestrel.Lifecycle;

/// <summary>How far an order has come, as written before the request that comes next. After a kill it says where to go on.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "state")]
[JsonDerivedType(typeof(Intent), "intent")]
[JsonDerivedType(typeof(Created), "created")]
[JsonDerivedType(typeof(Answering), "answering")]
[JsonDerivedType(typeof(Finalizing), "finalizing")]
[JsonDerivedType(typeof(Downloading), "downloading")]
internal abstract record OrderProgress
{
    /// <summary>The key and the names are kept; newOrder comes next. Found after a kill: the account's list of orders is looked at, and newOrder sent where it shows none.</summary>
    public sealed record Intent : OrderProgress;

    /// <summary>The CA gave the order a URL.</summary>
    public sealed record Created(string OrderUrl, DateTimeOffset? Expires) : OrderProgress;

    /// <summary>The challenges are chosen; their answers are published and then the CA is told.</summary>
    public sealed record Answering(string OrderUrl, DateTimeOffset? Expires, IReadOnlyList<ChosenChallenge> Challenges) : OrderProgress;

    /// <summary>All names are validated; the request with the kept key may be on its way. Found after a kill: look at the order first.</summary>
    public sealed record Finalizing(string OrderUrl, DateTimeOffset? Expires, bool SecondKey = false) : OrderProgress;

    /// <summary>The certificate exists.</summary>
    public sealed record Downloading(string OrderUrl, DateTimeOffset? Expires, string CertificateUrl) : OrderProgress;
}

/// <summary>A challenge that this order answers.</summary>
internal sealed record ChosenChallenge(string Identifier, string AuthorizationUrl, string ChallengeUrl, string Type, string Token);
