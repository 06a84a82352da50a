using System.Security.Cryptography.X509Certificates;
using AcmeKestrel.Certificates;
using AcmeKestrel.Diagnostics;
using AcmeKestrel.Lifecycle;
using AcmeKestrel.Lifecycle.Accounts;
using AcmeKestrel.LocalCa;
using AcmeKestrel.Protocol;
using AcmeKestrel.Storage;
using Microsoft.Extensions.Time.Testing;

namespace AcmeKestrel.Tests.Lifecycle;

/// <summary>Against the embedded CA, which checks what a CA checks; no socket is opened.</summary>
public sealed class EmbeddedCaTests : IAsyncDisposable
{
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 11, 23, 12, 0, 0, TimeSpan.Zero));
    private readonly TestStore _store;
    private readonly TestSettings _settings = new();
    private readonly LocalCaServerOptions _options = new();
    private readonly LocalCaServer _ca;

    public EmbeddedCaTests()
    {
        _store = new TestStore(_time);
        _options.TimeProvider = _time;
        _ca = new LocalCaServer(_options);
        _settings.DirectoryUrl = _ca.DirectoryUrl;
    }

    public ValueTask DisposeAsync() => _ca.DisposeAsync();

    [Theory]
    [InlineData("127.0.0.1", "1.0.0.127.in-addr.arpa")]
    [InlineData("::1", "1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.ip6.arpa")]
    public async Task An_address_is_proven_by_its_reverse_name_and_certified(string address, string serverName)
    {
        await using var edge = await StartAsync(Wishes.Of("address", [address], challenges: [ChallengeTypes.TlsAlpn01]));
        var probes = new List<ChallengeProbe>();
        _options.Validator = (probe, _) =>
        {
            probes.Add(probe);
            var proven = edge.Live.TryFindTlsAlpn01(serverName, out var answer) && answer.KeyAuthorization == probe.KeyAuthorization;
            return ValueTask.FromResult(proven ? null : new ChallengeProblem("unauthorized", $"nothing is shown for {serverName}"));
        };

        var status = await edge.SettleAsync("address");

        Assert.Equal((AcmeCertificateState.Served, null), (status.State, status.Reason));
        Assert.Equal(("ip", ChallengeTypes.TlsAlpn01), (Assert.Single(probes).IdentifierType, probes[0].Type));
        var name = Assert.Single(edge.Published.Current["address"].Chain.Identifiers);
        Assert.Equal((AcmeIdentifierType.Ip, address), (name.Type, name.Value));
    }

    [Theory]
    [InlineData("a-name-that-is-quite-a-bit-longer.than-the-sixty-four-characters.of-a-common-name.test")]
    [InlineData("xn--bcher-kva.test")]
    public async Task A_name_that_no_common_name_has_room_for_is_certified(string name)
    {
        await using var edge = await StartAsync(Wishes.Of(name));

        await edge.SettleAsync(name);

        Assert.Equal([name], edge.Published.Current[name].Chain.Identifiers.Select(identifier => identifier.Value));
    }

    [Fact]
    public async Task The_profile_that_addresses_are_issued_with_is_asked_for_by_itself_once_and_said()
    {
        _settings.AddressProfile = "shortlived";
        _options.Profiles = new Dictionary<string, LocalCaProfile> { ["classic"] = new("90 days", TimeSpan.FromDays(90)), ["shortlived"] = new("6 days", TimeSpan.FromDays(6)) };
        _options.DefaultProfile = "classic";
        _options.Validator = (_, _) => ValueTask.FromResult<ChallengeProblem?>(null);
        using var log = new ToldLog();
        await using var edge = await Edge.StartAsync(_time, new TestCa(_time), _settings, _store, [Wishes.Of("address", ["127.0.0.1"]), Wishes.Of("shop.test")], _ca.CreateHandler, log);

        await edge.SettleAsync("address");
        await edge.SettleAsync("shop.test");
        var first = edge.Published.Current["address"];
        await edge.RunAsync(TimeSpan.FromDays(1));

        Assert.Equal(("shortlived", "classic"), (first.Origin.Profile, edge.Published.Current["shop.test"].Origin.Profile));
        Assert.Equal(first.Id, edge.Published.Current["address"].Id);
        Assert.True(log.ToldAsync("address: test issues for addresses with the profile 'shortlived' alone, which is asked for by itself").IsCompleted);
    }

    [Fact]
    public async Task A_window_that_the_ca_moves_into_the_past_brings_one_replacement_that_the_ca_takes_for_one()
    {
        var orders = new List<string>();
        _options.Interceptor = (request, next, _) =>
        {
            var reply = next(request);
            if (request.Resource == "new-order") orders.Add($"{reply.Status} {System.Text.Encoding.UTF8.GetString(reply.Body.Span)}");
            return ValueTask.FromResult(reply);
        };
        await using var edge = await StartAsync(Wishes.Of("shop.test"));
        await edge.SettleAsync("shop.test");
        var first = edge.Published.Current["shop.test"];
        using var leaf = X509CertificateLoader.LoadCertificate(first.Chain.Leaf.Span);
        await edge.RunAsync(TimeSpan.FromMinutes(1));

        _ca.SetRenewalWindow(leaf, _time.GetUtcNow().AddHours(-2), _time.GetUtcNow().AddHours(-1), new Uri("https://ca.test/why"));
        await edge.RunAsync(TimeSpan.FromDays(2));

        Assert.NotEqual(first.Id, edge.Published.Current["shop.test"].Id);
        Assert.Equal(2, orders.Count);
        Assert.DoesNotContain("replaces", orders[0], StringComparison.Ordinal);
        Assert.StartsWith("201", orders[1], StringComparison.Ordinal);
        Assert.Contains($"\"replaces\":\"{AcmeRenewalInfo.IdOf(first.Chain.Leaf)}\"", orders[1], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Who_has_the_stored_key_revokes_and_the_ca_then_asks_for_the_replacement()
    {
        await using var edge = await StartAsync(Wishes.Of("shop.test"));
        await edge.SettleAsync("shop.test");
        var first = edge.Published.Current["shop.test"];
        using var leaf = X509CertificateLoader.LoadCertificate(first.Chain.Leaf.Span);
        using var client = new AcmeClient(new AcmeClientOptions { DirectoryUrl = _ca.DirectoryUrl, Handler = _ca.CreateHandler(), TimeProvider = _time });
        using var key = AcmeAccountKey.FromPem(CertificateKey.ToPem(first.PrivateKeyPkcs8.Span));

        await client.RevokeAsync(first.Chain.Leaf, key, reason: 1, TestContext.Current.CancellationToken);
        await edge.RunAsync(TimeSpan.FromHours(7));

        Assert.Equal(1, _ca.StatusOf(leaf.SerialNumber)!.Reason);
        var second = edge.Published.Current["shop.test"];
        Assert.NotEqual(first.Id, second.Id);
        Assert.False(first.PrivateKeyPkcs8.Span.SequenceEqual(second.PrivateKeyPkcs8.Span));
        using var replacement = X509CertificateLoader.LoadCertificate(second.Chain.Leaf.Span);
        Assert.False(_ca.StatusOf(replacement.SerialNumber)!.IsRevoked);
    }

    [Fact]
    public async Task A_deactivated_account_is_held_until_its_record_is_moved_away()
    {
        await using var edge = await StartAsync(Wishes.Of("shop.test"));
        await edge.SettleAsync("shop.test");
        var account = await edge.AccountAsync(_settings.Provider, "ops@example.test");
        await account.DeactivateAsync(TestContext.Current.CancellationToken);

        edge.Wish(Wishes.Of("new.test"));
        await edge.RunAsync(TimeSpan.FromHours(1));

        var record = Assert.Single(_store.All(RecordKind.Account));
        Assert.Equal((AcmeCertificateState.Held, 0), (edge.Status("new.test").State, edge.Status("new.test").Failures));
        Assert.Contains($"the account of {record.Key} is closed at the CA", edge.Status("new.test").Reason, StringComparison.Ordinal);
        Assert.Equal(AcmeCertificateState.Served, edge.Status("shop.test").State);

        await _store.DeleteAsync(record.Key, record.Version, null, CancellationToken.None);
        edge.Wake(["new.test"]);
        await edge.RunAsync(TimeSpan.FromMinutes(1));

        Assert.Equal(AcmeCertificateState.Served, edge.Status("new.test").State);
        Assert.NotEqual(record.Key, Assert.Single(_store.All(RecordKind.Account)).Key);
    }

    private Task<Edge> StartAsync(params Wish[] wishes) => Edge.StartAsync(_time, new TestCa(_time), _settings, _store, wishes, _ca.CreateHandler);
}
