using AcmeKestrel.Certificates;
using AcmeKestrel.Configuration;
using Microsoft.Extensions.Primitives;

namespace AcmeKestrel.Desired;

/// <summary>The certificates of the configuration.</summary>
internal sealed class OptionsWishSource(IAcmeSettings settings) : IDesiredCertificateSource
{
    /// <summary>The same list for the same settings, while anybody has it.</summary>
    private (IReadOnlyList<ConfiguredCertificate> Of, WeakReference<DesiredCertificates> List) _last = ([], new(DesiredCertificates.Empty));

    public AcmeWishSource Source => AcmeWishSource.Options;

    public ValueTask<DesiredCertificates> ListAsync(CancellationToken cancellationToken)
    {
        var configured = settings.Current.Certificates;
        if (ReferenceEquals(configured, _last.Of) && _last.List.TryGetTarget(out var known)) return ValueTask.FromResult(known);

        var list = new DesiredCertificates([.. configured.Select(Convert)]);
        _last = (configured, new WeakReference<DesiredCertificates>(list));
        return ValueTask.FromResult(list);
    }

    public IChangeToken GetChangeToken() => settings.GetChangeToken();

    private static DesiredCertificate Convert(ConfiguredCertificate configured) =>
        new([.. configured.Names.Select(name => name.Value)], configured.Origin)
        {
            Label = configured.Label == configured.Names[0].Value ? null : configured.Label,
            Provider = configured.Provider,
            FallbackProviders = configured.Fallbacks,
            Email = configured.Email,
            KeyType = configured.KeyType,
            Profile = configured.Profile,
            RequireProfile = configured.RequireProfile,
            PreferredChain = configured.PreferredChain,
            ReuseKey = configured.ReuseKey,
            Challenges = configured.Challenges,
            Dns = configured.Dns,
            IncludeBareDomain = configured.IncludeBareDomain,
        };
}
