using AcmeKestrel.Certificates;
using AcmeKestrel.Configuration;

namespace AcmeKestrel.Lifecycle.Planning;

/// <summary>Whose plans other settings may change. What they change of wishes is told with the wishes. Pure.</summary>
internal sealed record SettingsConcern
{
    /// <summary>Any label's.</summary>
    public bool Everyone { get; private init; }

    /// <summary>Else those that are wished of one of these, tried there first, or ordered there.</summary>
    public IReadOnlySet<string> Providers { get; private init; } = new HashSet<string>();

    /// <summary>Those that may prove a name by a record in DNS.</summary>
    public bool ByDns { get; private init; }

    /// <summary>Those that nobody wishes.</summary>
    public bool Unwished { get; private init; }

    public static SettingsConcern Nobody { get; } = new();

    public bool IsNobodys => this is { Everyone: false, Providers.Count: 0, ByDns: false, Unwished: false };

    public static SettingsConcern Between(AcmeSettings before, AcmeSettings after)
    {
        if (ReferenceEquals(before, after)) return Nobody;

        var inCommon = after with
        {
            Providers = before.Providers,
            Dns = before.Dns,
            Keep = before.Keep,

            // Part of the wishes.
            Certificates = before.Certificates,
            DefaultProvider = before.DefaultProvider,
            Defaults = before.Defaults,

            // For handshakes, probes and metrics.
            UnknownHosts = before.UnknownHosts,
            MaxLoaded = before.MaxLoaded,
            HotNames = before.HotNames,
            DefaultName = before.DefaultName,
            Preflight = before.Preflight,
            TrustForwardedHost = before.TrustForwardedHost,
            CertificateNames = before.CertificateNames,

            // Whoever brings files, tells others or lets names in follows by itself.
            Exports = before.Exports,
            Hooks = before.Hooks,
            OnDemand = before.OnDemand,

            // Counts from the next start.
            StateDirectory = before.StateDirectory,
            KeyGroup = before.KeyGroup,
            Store = before.Store,
            StartDelay = before.StartDelay,
        };
        var changed = before.Providers.Keys.Union(after.Providers.Keys).Where(name => before.Providers.GetValueOrDefault(name) != after.Providers.GetValueOrDefault(name)).ToHashSet(StringComparer.Ordinal);
        var triedThere = after.Providers.Where(known => known.Value.Staging is { } staging && changed.Contains(staging)).Select(known => known.Key).ToList();
        return new SettingsConcern { Everyone = inCommon != before, Providers = changed.Union(triedThere).ToHashSet(StringComparer.Ordinal), ByDns = after.Dns != before.Dns, Unwished = after.Keep != before.Keep };
    }

    /// <param name="wish">Null: nobody wishes it.</param>
    /// <param name="ordered">What its order in flight is for, which may be with a provider that is not wished any more; null: there is none.</param>
    public bool IsOf(Wish? wish, OrderPurpose? ordered) =>
        Everyone
        || (ordered is not null && Providers.Contains(ordered.Provider))
        || (wish is null ? Unwished || (ByDns && ordered is not null) : wish.Providers.Any(Providers.Contains) || (ByDns && wish.Challenges.Any(ChallengeTypes.IsByDns)));
}
