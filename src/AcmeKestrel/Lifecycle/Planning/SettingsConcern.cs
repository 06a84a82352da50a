using AcmeKestrel.Configuration;

namespace AcmeKestrel.Lifecycle.Planning;

/// <summary>Whose plans other settings may change. What they change of wishes is told with the wishes. Pure.</summary>
/// <param name="Everyone">Any label's.</param>
/// <param name="Providers">Else those that are wished of one of these, or have an order in flight.</param>
internal sealed record SettingsConcern(bool Everyone, IReadOnlySet<string> Providers)
{
    public static SettingsConcern Between(AcmeSettings before, AcmeSettings after)
    {
        var inCommon = after with
        {
            Providers = before.Providers,
            Certificates = before.Certificates,

            // Part of the wishes.
            DefaultProvider = before.DefaultProvider,
            Defaults = before.Defaults,

            // For handshakes and probes.
            UnknownHosts = before.UnknownHosts,
            MaxLoaded = before.MaxLoaded,
            HotNames = before.HotNames,
            DefaultName = before.DefaultName,
            Preflight = before.Preflight,
            TrustForwardedHost = before.TrustForwardedHost,

            // Whoever brings them follows by itself.
            Exports = before.Exports,
        };
        var providers = before.Providers.Keys.Union(after.Providers.Keys).Where(name => before.Providers.GetValueOrDefault(name) != after.Providers.GetValueOrDefault(name));
        return new SettingsConcern(inCommon != before, providers.ToHashSet(StringComparer.Ordinal));
    }
}
