using AcmeKestrel.Certificates;
using AcmeKestrel.Configuration;
using Microsoft.Extensions.Primitives;

namespace AcmeKestrel.Desired;

/// <summary>The certificates of the configuration.</summary>
internal sealed class OptionsWishSource(IAcmeSettings settings) : IDesiredCertificateSource
{
    public AcmeWishSource Source => AcmeWishSource.Options;

    public ValueTask<DesiredCertificates> ListAsync(CancellationToken cancellationToken) =>
        ValueTask.FromResult(new DesiredCertificates([.. settings.Current.Certificates.Select(Convert)]));

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
