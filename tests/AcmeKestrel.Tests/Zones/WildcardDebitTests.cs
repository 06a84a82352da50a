using System.Text.Json.Nodes;
using AcmeKestrel.Certificates;
using AcmeKestrel.Lifecycle.Providers;
using AcmeKestrel.LocalCa;

namespace AcmeKestrel.Tests.Zones;

/// <summary>A CA counts failures for a name and for its wildcard apart, though one record's place proves both; so is it here.</summary>
public sealed class WildcardDebitTests : TimedDnsScene
{
    private readonly TaskCompletionSource _bothTold = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>What the CA's answers say of which authorization each challenge is for.</summary>
    private readonly Dictionary<string, bool> _isWildcard = [];
    private readonly List<string[]> _owedWhenTold = [];
    private ProviderLedger _ledger = null!;

    public WildcardDebitTests() => Settings.Limits = ProviderLimits.None with { FailedAuthorizationsPerIdentifier = new RateLimit(1, TimeSpan.FromDays(1000)) };

    [Fact]
    public async Task A_name_and_its_wildcard_are_two_debits_before_the_ca_is_told_and_two_credits_when_they_are_proven()
    {
        await using var edge = await StartAsync("shop.test", "*.shop.test");
        _ledger = await edge.LedgerAsync(Settings.Provider);

        Assert.Equal(AcmeCertificateState.Served, (await EndAsync(edge)).State);

        Assert.Equal(2, _owedWhenTold.Count);
        Assert.All(_owedWhenTold, owed => Assert.Equal(["*.shop.test", "shop.test"], owed));
        Assert.Empty(Owed());
    }

    [Theory]
    [InlineData("shop.test")]
    [InlineData("*.shop.test")]
    public async Task The_one_that_failed_stays_debited_and_the_other_is_credited(string failing)
    {
        Behaviour.Validator = async (probe, _) =>
        {
            if (_isWildcard[probe.Token] != failing.StartsWith('*')) return Judge(probe);
            await _bothTold.Task;
            return new ChallengeProblem("unauthorized", "not this one");
        };
        await using var edge = await StartAsync("shop.test", "*.shop.test");
        _ledger = await edge.LedgerAsync(Settings.Provider);

        var status = await EndAsync(edge);

        Assert.Equal((AcmeCertificateState.Failing, $"{failing}: dns-01: not this one (unauthorized)"), (status.State, status.Reason));
        Assert.Equal([failing], Owed());
    }

    private protected override LocalCaReply Pass(LocalCaRequest request, Func<LocalCaRequest, LocalCaReply> next)
    {
        if (request.Resource == "challenge") _owedWhenTold.Add(Owed());
        var reply = next(request);
        if (request.Resource == "challenge" && _owedWhenTold.Count == 2) _bothTold.TrySetResult();
        if (request.Resource == "authorization")
        {
            var authorization = JsonNode.Parse(reply.Body.Span)!;
            foreach (var challenge in authorization["challenges"]!.AsArray()) _isWildcard[(string)challenge!["token"]!] = (bool?)authorization["wildcard"] is true;
        }

        return reply;
    }

    /// <summary>The names whose failures are debited now.</summary>
    private string[] Owed() => [.. _ledger.Look(Settings.Limits).Buckets.Where(bucket => bucket.Value > Time.GetUtcNow()).Select(bucket => bucket.Key).Where(bucket => bucket.StartsWith("failed|", StringComparison.Ordinal)).Select(bucket => bucket.Split('|')[2]).Order(StringComparer.Ordinal)];
}
