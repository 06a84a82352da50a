using AcmeKestrel.Certificates;
using AcmeKestrel.LocalCa;
using AcmeKestrel.Tests.Lifecycle;
using Microsoft.Extensions.Time.Testing;

namespace AcmeKestrel.Tests.Simulation;

/// <summary>The same with nothing simulated but time and misfortune: the whole lifecycle against the embedded CA, which checks what a CA checks and refuses what exceeds its limits.</summary>
public sealed class EmbeddedCaSimulationTests
{
    private const int Names = 10;

    private static readonly DateTimeOffset Start = new(2027, 1, 1, 0, 0, 0, TimeSpan.Zero);

    [Fact]
    public async Task Six_weeks_of_short_lived_certificates_with_faults_an_outage_and_a_revocation_of_all()
    {
        var (time, chance, refused) = (new FakeTimeProvider(Start), new Random(21), 0);
        Edge? edge = null;
        var options = new LocalCaServerOptions
        {
            TimeProvider = time,
            CertificateLifetime = TimeSpan.FromDays(6),
            RateLimits = new LocalCaRateLimits { NewOrders = new LocalCaRateLimit(30, TimeSpan.FromHours(3)), FailedValidations = new LocalCaRateLimit(5, TimeSpan.FromHours(1)) },
        };
        options.Validator = async (probe, _) => chance.NextDouble() < 0.03 ? new ChallengeProblem("connection", "by chance") : await edge!.ProbeAsync(probe.Type, probe.Identifier, probe.Token) is { } wrong ? new ChallengeProblem("connection", wrong) : null;
        options.Interceptor = (request, next, _) =>
        {
            var day = (time.GetUtcNow() - Start).TotalDays;
            if (day is >= 20 and < 21.5 || chance.NextDouble() < 0.01) throw new HttpRequestException("connection reset");

            var reply = next(request);
            if (reply.Status == 429) refused++;
            return ValueTask.FromResult(reply);
        };
        await using var ca = new LocalCaServer(options);
        var settings = new TestSettings { DirectoryUrl = ca.DirectoryUrl, Limits = ProviderLimits.None with { NewOrdersPerAccount = new RateLimit(30, TimeSpan.FromHours(3)), FailedAuthorizationsPerIdentifier = new RateLimit(5, TimeSpan.FromHours(1)) } };
        await using var running = edge = await Edge.StartAsync(time, new TestCa(time), settings, new TestStore(time), [.. Enumerable.Range(0, Names).Select(i => Wishes.Of($"n{i}.test"))], ca.CreateHandler);

        await edge.RunAsync(TimeSpan.FromHours(6));
        for (var looks = 0; looks < 42 * 4; looks++)
        {
            await edge.RunAsync(TimeSpan.FromHours(6));
            if (looks == 30 * 4)
            {
                foreach (var generation in edge.Published.Current.Values)
                {
                    using var leaf = System.Security.Cryptography.X509Certificates.X509CertificateLoader.LoadCertificate(generation.Chain.Leaf.Span);
                    ca.SetRenewalWindow(leaf, time.GetUtcNow().AddHours(-2), time.GetUtcNow().AddHours(-1));
                }
            }

            for (var i = 0; i < Names; i++) Assert.True(edge.Entry($"n{i}.test").Certificate?.NotAfter > time.GetUtcNow(), $"n{i}.test ended before {time.GetUtcNow():u}: {edge.Status($"n{i}.test").Reason}");
        }

        Assert.Equal(0, refused);
        Assert.InRange(edge.Events.All.Count(happened => happened is AcmeKestrel.Lifecycle.Telling.LabelEvent.Issued), Names * 12, Names * 20);
    }
}
