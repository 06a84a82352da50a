using System.Text.Json.Serialization;

namespace AcmeKestrel.Lifecycle.Ordering;

/// <summary>How far an order has come, as written before the request that comes next. After a kill it says where to go on.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "state")]
[JsonDerivedType(typeof(Intent), "intent")]
[JsonDerivedType(typeof(Created), "created")]
[JsonDerivedType(typeof(Preparing), "preparing")]
[JsonDerivedType(typeof(Answering), "answering")]
[JsonDerivedType(typeof(Finalizing), "finalizing")]
[JsonDerivedType(typeof(Downloading), "downloading")]
internal abstract record OrderProgress
{
    /// <summary>The key and the names are kept; newOrder comes next. Found after a kill: the account's list of orders is looked at, and newOrder sent where it shows none.</summary>
    public sealed record Intent : OrderProgress;

    /// <summary>The CA gave the order a URL.</summary>
    /// <param name="Expires">When the CA said that the order ends.</param>
    public abstract record Made([property: JsonRequired] string OrderUrl, DateTimeOffset? Expires) : OrderProgress;

    /// <summary>Nothing else is known of it yet.</summary>
    public sealed record Created(string OrderUrl, DateTimeOffset? Expires) : Made(OrderUrl, Expires);

    /// <summary>The challenges are chosen.</summary>
    public abstract record Chosen(string OrderUrl, DateTimeOffset? Expires, [property: JsonRequired] IReadOnlyList<ChosenChallenge> Challenges) : Made(OrderUrl, Expires);

    /// <summary>Records are written into DNS and waited for; the CA has not been told of any challenge. Found after a kill: they are written once more, which adds nothing to what is there.</summary>
    public sealed record Preparing(string OrderUrl, DateTimeOffset? Expires, IReadOnlyList<ChosenChallenge> Challenges) : Chosen(OrderUrl, Expires, Challenges);

    /// <summary>The other answers are published and then the CA is told.</summary>
    public sealed record Answering(string OrderUrl, DateTimeOffset? Expires, IReadOnlyList<ChosenChallenge> Challenges) : Chosen(OrderUrl, Expires, Challenges);

    /// <summary>All names are validated; the request with the kept key may be on its way. Found after a kill: look at the order first.</summary>
    public sealed record Finalizing(string OrderUrl, DateTimeOffset? Expires, bool SecondKey = false) : Made(OrderUrl, Expires);

    /// <summary>The certificate exists.</summary>
    public sealed record Downloading(string OrderUrl, DateTimeOffset? Expires, [property: JsonRequired] string CertificateUrl) : Made(OrderUrl, Expires);
}

/// <summary>A challenge that this order answers.</summary>
/// <param name="Identifier">As it was ordered, a wildcard with its <c>*.</c>: a name and the wildcard below it are two.</param>
internal sealed record ChosenChallenge(
    [property: JsonRequired] string Identifier,
    [property: JsonRequired] string AuthorizationUrl,
    [property: JsonRequired] string ChallengeUrl,
    [property: JsonRequired] string Type,
    [property: JsonRequired] string Token)
{
    /// <summary>Of dns-persist-01, which has no token: how the CA wants its record.</summary>
    public PersistOffer? Permanent { get; init; }
}
