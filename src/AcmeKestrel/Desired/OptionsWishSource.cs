using AcmeKestrel.Certificates;
using AcmeKestrel.Configuration;
using Microsoft.Extensions.Primitives;

namespace AcmeKestrel.Desired;

/// <summary>The certificates of the configuration.</summary>
internal sealed class OptionsWishSource(IAcmeSettings settings) : IDesiredCertificateSource
{
    private (IReadOnlyList<ConfiguredCertificate> Of, DesiredCertificates List) _last = ([], DesiredCertificates.Empty);

    public AcmeWishSource Source => AcmeWishSource.Options;

    public ValueTask<DesiredCertificates> ListAsync(CancellationToken cancellationToken)
    {
        var configured = settings.Current.Certificates;
        if (!ReferenceEquals(configured, _last.Of)) _last = (configured, new DesiredCertificates([.. configured.Select(Convert)]));
        return ValueTask.FromResult(_last.List);
    }

    public IChangeToken GetChangeToken() => settings.GetChangeToken();

    private static DesiredCertificate Convert(ConfiguredCertificate configured) =>
        new([.. configured.Names.Select(name => name.Value)], configured.Origin)
        {
            Label = configured.Label == configured.Names[0].Value ? null : configured.Label,
            Provider = configured.Provider,
            Email = configured.Email,
            KeyType = configured.KeyType,
            Profile = configured.Profile,
            RequireProfile = configured.RequireProfile,
            PreferredChain = configured.PreferredChain,
            Challenges = configured.Challenges,
            IncludeBareDomain = configured.IncludeBareDomain,
        };
}
