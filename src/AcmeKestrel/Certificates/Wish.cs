namespace AcmeKestrel.Certificates;

/// <summary>A desired certificate, after merging. What it says beside its names, its label and its origin is mostly what its neighbours say, and of a hundred thousand it is kept once (<see cref="Beside"/>).</summary>
internal sealed record Wish
{
    private readonly string? _origin;
    private Rest _rest;

    /// <param name="label">Names it on disk and in messages.</param>
    /// <param name="required">Never empty.</param>
    /// <param name="optional">Names asked for as well and dropped, visibly, after one failure (the bare domain beside <c>www.</c>).</param>
    /// <param name="provider">A key of the settings' providers.</param>
    /// <param name="challenges">Challenge types, preferred first; never empty.</param>
    /// <param name="origin">What to name in a message: a configuration key, a file, a route.</param>
    public Wish(
        string label,
        IReadOnlyList<AcmeIdentifier> required,
        IReadOnlyList<AcmeIdentifier> optional,
        string provider,
        string? email,
        AcmeKeyType keyType,
        string? profile,
        IReadOnlyList<string> challenges,
        AcmeWishSource source,
        string origin)
    {
        (Label, Required, Optional) = (label, required, optional);

        // Most are a folder and the label.
        var folder = origin.EndsWith(label, StringComparison.Ordinal) ? origin[..^label.Length] : null;
        (_origin, _rest) = (folder is null ? origin : null, new Rest(provider, email, keyType, profile, challenges, source, folder));
    }

    public string Label { get; }

    public IReadOnlyList<AcmeIdentifier> Required { get; init; }

    public IReadOnlyList<AcmeIdentifier> Optional { get; init; }

    public string Origin => _origin ?? _rest.Folder + Label;

    private (string? Origin, string? Folder) Place
    {
        get => (_origin, _rest.Folder);
        init => (_origin, _rest) = (value.Origin, _rest with { Folder = value.Folder });
    }

    public string Provider
    {
        get => _rest.Provider;
        init => _rest = _rest with { Provider = value };
    }

    /// <summary>Keys of the settings' providers that may be asked where <see cref="Provider"/> fails, in this order.</summary>
    public IReadOnlyList<string> Fallbacks
    {
        get => _rest.Fallbacks;
        init => _rest = _rest with { Fallbacks = value };
    }

    /// <summary>Whoever may issue it, the wished one first.</summary>
    public IEnumerable<string> Providers => Fallbacks.Prepend(Provider);

    public string? Email
    {
        get => _rest.Email;
        init => _rest = _rest with { Email = value };
    }

    public AcmeKeyType KeyType
    {
        get => _rest.KeyType;
        init => _rest = _rest with { KeyType = value };
    }

    public string? Profile
    {
        get => _rest.Profile;
        init => _rest = _rest with { Profile = value };
    }

    /// <summary>What is to be said of its profile at <see cref="Provider"/>; null: nothing.</summary>
    public string? ProfileRemark
    {
        get => _rest.ProfileRemark;
        init => _rest = _rest with { ProfileRemark = value };
    }

    public IReadOnlyList<string> Challenges
    {
        get => _rest.Challenges;
        init => _rest = _rest with { Challenges = value };
    }

    public AcmeWishSource Source
    {
        get => _rest.Source;
        init => _rest = _rest with { Source = value };
    }

    /// <summary>No certificate without <see cref="Profile"/>; else one without it is better than none.</summary>
    public bool RequireProfile
    {
        get => _rest.RequireProfile;
        init => _rest = _rest with { RequireProfile = value };
    }

    /// <summary>The common name of the root that its chain is to end at; null: whatever the CA gives.</summary>
    public string? PreferredChain
    {
        get => _rest.PreferredChain;
        init => _rest = _rest with { PreferredChain = value };
    }

    /// <summary>Each certificate takes the key of the one before it.</summary>
    public bool ReuseKey
    {
        get => _rest.ReuseKey;
        init => _rest = _rest with { ReuseKey = value };
    }

    /// <summary>The DNS provider that writes the records of its names; null: the one for their zones.</summary>
    public string? Dns
    {
        get => _rest.Dns;
        init => _rest = _rest with { Dns = value };
    }

    /// <summary>When somebody asked for it last; what failed before that is tried at once.</summary>
    public DateTimeOffset? AskedAt
    {
        get => _rest.AskedAt;
        init => _rest = _rest with { AskedAt = value };
    }

    /// <summary>When it was last heard that somebody comes for it, of one that is wished for its visitors (<see cref="AcmeWishSource.OnDemand"/>); null: it is wished whoever comes.</summary>
    public DateTimeOffset? VisitedAt
    {
        get => _rest.VisitedAt;
        init => _rest = _rest with { VisitedAt = value };
    }

    /// <summary>What this CA is asked for: each has profiles of its own where the wish names none.</summary>
    public string? ProfileAt(Provider provider) => Profile ?? provider.ProfileFor(Required);

    /// <summary>The same in all that it says: lists are compared by what is in them.</summary>
    public bool IsSameAs(Wish other) =>
        Required.SequenceEqual(other.Required) && Optional.SequenceEqual(other.Optional) && Challenges.SequenceEqual(other.Challenges) && Fallbacks.SequenceEqual(other.Fallbacks)
        && other with { Required = Required, Optional = Optional, Challenges = Challenges, Fallbacks = Fallbacks } == this;

    /// <summary>The same wish, said where the other one of its label is.</summary>
    public Wish SaidAt(Wish other) => this with { Place = other.Place };

    /// <summary>The same wish, with what its neighbour says alike kept once for both.</summary>
    public Wish Beside(Wish? neighbour) => neighbour is not null && neighbour._rest == _rest ? this with { _rest = neighbour._rest } : this;

    private sealed record Rest(string Provider, string? Email, AcmeKeyType KeyType, string? Profile, IReadOnlyList<string> Challenges, AcmeWishSource Source, string? Folder)
    {
        public IReadOnlyList<string> Fallbacks { get; init; } = [];

        public bool RequireProfile { get; init; }

        public string? ProfileRemark { get; init; }

        public string? PreferredChain { get; init; }

        public bool ReuseKey { get; init; }

        public string? Dns { get; init; }

        public DateTimeOffset? AskedAt { get; init; }

        public DateTimeOffset? VisitedAt { get; init; }
    }
}
