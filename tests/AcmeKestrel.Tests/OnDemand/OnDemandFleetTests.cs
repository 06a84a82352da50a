using System.Collections.Concurrent;
using System.Security.Authentication;
using AcmeKestrel.Certificates.Ports;
using AcmeKestrel.Lifecycle.OnDemand;
using AcmeKestrel.Lifecycle.State;
using AcmeKestrel.LocalCa;
using AcmeKestrel.Serving.Finding;
using AcmeKestrel.Storage;
using AcmeKestrel.Tests.Lifecycle;
using AcmeKestrel.Tests.Serving;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;

namespace AcmeKestrel.Tests.OnDemand;

/// <summary>Certificates on demand where several machines share a store.</summary>
public sealed class OnDemandFleetTests : OnDemandScene
{
    private const string Name = "shop.customer.test";

    private readonly EngineStore _engine;

    public OnDemandFleetTests() => _engine = new EngineStore(Flaky);

    private protected override IAcmeStore Store => _engine;

    /// <summary>The visitor and the CA's probe come to the machine that only follows, and strangers have probed there before.</summary>
    [Fact]
    public async Task A_visitor_of_one_that_follows_has_the_name_ordered_by_the_other_one_and_both_serve_it()
    {
        var (leader, follower) = (await StartAsync(("Acme:Challenges:0", "tls-alpn-01")), await StartAsync(("Acme:Challenges:0", "tls-alpn-01")));
        var probed = new ConcurrentQueue<string>();
        Validator = async (probe, _) =>
        {
            // It is no stranger's name there, so a stranger's probe spoils nothing.
            await Eventually.TrueAsync(() => Get<CertificateTable>(follower).IsWished(Name));
            await Eventually.TrueAsync(ProbeAsync);
            probed.Enqueue($"{probe.Type} {probe.Identifier}");
            return null;
        };

        Assert.Equal(Name, await VisitAsync(follower, Name));
        Assert.Equal(Name, await VisitAsync(leader, Name));

        Assert.Equal(["tls-alpn-01 " + Name], probed);
        Assert.Equal((1, 1), (Asked.Count, Orders));
        Assert.Equal([Name], await RecordsAsync(RecordKind.OnDemand));
        Assert.Empty(await RecordsAsync(RecordKind.Request));
        Assert.Empty(await RecordsAsync(RecordKind.Answer));

        async Task<bool> ProbeAsync()
        {
            try
            {
                return (await TlsClient.ProbeAsync(EndPointOf(follower), Name)).Name == Name;
            }
            catch (Exception unanswered) when (unanswered is IOException or AuthenticationException)
            {
                return false;
            }
        }
    }

    /// <summary>What its permission says no to any more is asked for again at each machine, and waited for at none.</summary>
    [Fact]
    public async Task A_name_that_went_at_the_one_is_asked_for_anew_at_the_other_one()
    {
        var (leader, follower) = (await StartAsync(), await StartAsync());
        Validator = (_, _) => ValueTask.FromResult<ChallengeProblem?>(new ChallengeProblem("connection", "nobody is there"));
        await VisitAsync(leader, Name);
        await Eventually.TrueAsync(() => Get<IOnDemandIssuer>(follower).Knows(Name) && Get<CertificateTable>(follower).IsWished(Name));
        Permission = (_, _) => ValueTask.FromResult(false);
        Assert.True(await Get<OnDemandWishes>(leader).RemoveAsync(Get<StateLease>(leader).Session!, Name, Token));

        await Eventually.TrueAsync(() => !Get<IOnDemandIssuer>(follower).Knows(Name) && !Get<CertificateTable>(follower).IsWished(Name));
        Assert.Equal(Fallback, await VisitAsync(follower, Name));

        Assert.Equal(2, Asked.Count);
    }

    /// <summary>Something before both may send the CA on from port 80 to https, at whichever of them it came to.</summary>
    [Fact]
    public async Task Where_strangers_are_refused_one_that_follows_lets_through_what_is_wished_and_has_no_certificate_yet()
    {
        (Slow, Permission) = (new TaskCompletionSource(), (_, _) => ValueTask.FromResult(false));
        (string, string)[] settings = [("Acme:UnknownHosts", "Reject"), ("Acme:Domains:0", Name), ("Acme:Challenges:0", "tls-alpn-01")];
        var (leader, follower) = (await StartAsync(settings), await StartAsync(settings));
        await Eventually.TrueAsync(() => Get<CertificateTable>(follower).IsWished(Name));

        Assert.Equal(Fallback, await VisitAsync(follower, Name));
        await Assert.ThrowsAnyAsync<Exception>(() => VisitAsync(leader, Name));
        await Assert.ThrowsAnyAsync<Exception>(() => VisitAsync(follower, "other.customer.test"));
    }

    private static T Get<T>(WebApplication app)
        where T : notnull => app.Services.GetRequiredService<T>();
}
