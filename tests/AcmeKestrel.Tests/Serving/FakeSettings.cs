using AcmeKestrel.Certificates;
using AcmeKestrel.Configuration;
using Microsoft.Extensions.Primitives;

namespace AcmeKestrel.Tests.Serving;

/// <summary>Settings as a test wants them.</summary>
internal sealed class FakeSettings(UnknownHostPolicy unknownHosts = UnknownHostPolicy.Fallback) : IAcmeSettings
{
    public AcmeSettings Current { get; set; } = new(
        Enabled: true,
        AcceptTermsOfService: true,
        "test",
        new Dictionary<string, Provider>(),
        new WishDefaults(null, AcmeKeyType.P256, [ChallengeTypes.Http01], IncludeBareDomain: true),
        [],
        "/nowhere",
        null,
        new RenewalPolicy(2.0 / 3, 0.5),
        unknownHosts);

    public IChangeToken GetChangeToken() => new CancellationChangeToken(CancellationToken.None);
}
