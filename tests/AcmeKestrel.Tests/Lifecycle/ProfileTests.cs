using System.Net;
using AcmeKestrel.Certificates;
using AcmeKestrel.Diagnostics;
using AcmeKestrel.Lifecycle;
using AcmeKestrel.Lifecycle.State;
using AcmeKestrel.Storage;
using Microsoft.Extensions.Time.Testing;

namespace AcmeKestrel.Tests.Lifecycle;

/// <summary>A profile is asked for; whether a certificate without it is better than none is the wish's to say.</summary>
public sealed class ProfileTests
{
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 11, 23, 12, 0, 0, TimeSpan.Zero));
    private readonly TestStore _store;
    private readonly TestSettings _settings = new();
    private readonly TestCa _ca;
    private readonly List<string?> _asked = [];

    public ProfileTests()
    {
        _store = new TestStore(_time);
        _ca = new TestCa(_time) { Profiles = ["classic", "shortlived"] };
        Refuse(_ => null);
    }

    [Fact]
    public async Task A_wished_profile_is_asked_for_and_kept_on_record()
    {
        await using var edge = await StartAsync(Preferred("shortlived"));

        var status = await edge.SettleAsync("shop.test");

        Assert.Equal((AcmeCertificateState.Served, null), (status.State, status.DroppedProfile));
        Assert.Equal(["shortlived"], _asked);
        Assert.Equal(("shortlived", "shortlived"), Kept());
    }

    [Fact]
    public async Task A_providers_profile_is_asked_for_where_the_certificate_names_none()
    {
        _settings.Profile = "classic";
        await using var edge = await StartAsync(Wishes.Of("shop.test"));

        await edge.SettleAsync("shop.test");

        Assert.Equal(["classic"], _asked);
    }

    [Fact]
    public async Task Where_none_is_wished_none_is_sent()
    {
        await using var edge = await StartAsync(Wishes.Of("shop.test"));

        await edge.SettleAsync("shop.test");

        Assert.Equal([null], _asked);
    }

    [Theory]
    [InlineData("tlsserver")]
    [InlineData("shortlived")]
    public async Task A_preferred_profile_that_the_ca_does_not_list_is_dropped_visibly_and_asked_again_at_the_renewal(string wished)
    {
        _ca.Profiles = wished == "tlsserver" ? ["classic"] : [];
        await using (var first = await StartAsync(Preferred(wished)))
        {
            var status = await first.SettleAsync("shop.test");
            Assert.Equal((AcmeCertificateState.Served, wished), (status.State, status.DroppedProfile));
        }

        Assert.Equal([null], _asked);
        Assert.Equal((null, wished), Kept());

        _ca.Profiles = [wished];
        await using var second = await StartAsync(Preferred(wished));
        await second.RunAsync(TimeSpan.FromDays(50));
        Assert.Single(_asked);

        await second.RunAsync(TimeSpan.FromDays(11));
        Assert.Equal([null, wished], _asked);
        Assert.Null(second.Status("shop.test").DroppedProfile);
    }

    [Theory]
    [InlineData(HttpStatusCode.BadRequest, "invalidProfile")]
    [InlineData(HttpStatusCode.BadRequest, "malformed")]
    [InlineData(HttpStatusCode.Forbidden, "unauthorized")]
    public async Task A_preferred_profile_that_new_order_refuses_is_dropped_at_once_and_makes_no_loop(HttpStatusCode status, string type)
    {
        Refuse(profile => profile is null ? null : TestCa.Problem(status, type, "not for you"));
        await using var edge = await StartAsync(Preferred("shortlived"));

        var settled = await edge.SettleAsync("shop.test");
        await edge.RunAsync(TimeSpan.FromDays(50));

        Assert.Equal((AcmeCertificateState.Served, "shortlived", 0), (settled.State, settled.DroppedProfile, settled.Failures));
        Assert.Equal(["shortlived", null], _asked);
        Assert.DoesNotContain("account", _ca.Requests.Skip(1));
        Assert.Single(_ca.Certificates);
    }

    [Fact]
    public async Task A_preferred_profile_that_finalize_refuses_costs_one_more_order_and_no_failure()
    {
        RefuseFinalize();
        await using (var first = await StartAsync(Preferred("shortlived")))
        {
            var status = await first.SettleAsync("shop.test");
            Assert.Equal((AcmeCertificateState.Served, "shortlived", 0), (status.State, status.DroppedProfile, status.Failures));
        }

        Assert.Equal(["shortlived", null], _asked);
        await using var second = await StartAsync(Preferred("shortlived"));
        await second.RunAsync(TimeSpan.FromDays(50));
        Assert.Equal(2, _asked.Count);

        await second.RunAsync(TimeSpan.FromDays(11));
        Assert.Equal(["shortlived", null, "shortlived", null], _asked);
    }

    [Fact]
    public async Task A_ca_that_refuses_every_profile_at_finalize_is_no_loop()
    {
        _ca.Instead = (kind, payload) =>
        {
            if (kind == "order") _asked.Add((string?)payload!["profile"]);
            return kind == "finalize" ? TestCa.Problem(HttpStatusCode.BadRequest, "invalidProfile", "none will do") : null;
        };
        await using var edge = await StartAsync(Preferred("shortlived"));

        await edge.RunAsync(TimeSpan.FromMinutes(9));

        Assert.Equal(["shortlived", null, null], _asked);
        Assert.Equal(AcmeCertificateState.Failing, edge.Status("shop.test").State);
    }

    [Fact]
    public async Task A_required_profile_that_the_ca_does_not_list_orders_nothing_and_names_what_there_is()
    {
        await using var edge = await StartAsync(Required("tlsserver"));

        var status = await edge.SettleAsync("shop.test");
        await edge.RunAsync(TimeSpan.FromDays(3));

        Assert.Equal(AcmeCertificateState.Failing, status.State);
        Assert.Contains("'tlsserver'", status.Reason, StringComparison.Ordinal);
        Assert.Contains("classic, shortlived", status.Reason, StringComparison.Ordinal);
        Assert.Empty(_asked);

        _ca.Profiles = ["tlsserver"];
        await edge.RunAsync(TimeSpan.FromDays(2));
        Assert.Equal(AcmeCertificateState.Served, edge.Status("shop.test").State);
    }

    [Theory]
    [InlineData(HttpStatusCode.BadRequest, "invalidProfile")]
    [InlineData(HttpStatusCode.BadRequest, "malformed")]
    [InlineData(HttpStatusCode.Forbidden, "unauthorized")]
    public async Task A_required_profile_that_is_refused_is_never_done_without(HttpStatusCode status, string type)
    {
        Refuse(profile => profile is null ? null : TestCa.Problem(status, type, "not for you"));
        await using var edge = await StartAsync(Required("shortlived"));

        var settled = await edge.SettleAsync("shop.test");
        await edge.RunAsync(TimeSpan.FromDays(3));

        Assert.Equal((AcmeCertificateState.Failing, 1), (settled.State, settled.Failures));
        Assert.Contains("not for you", settled.Reason, StringComparison.Ordinal);
        Assert.Contains("it offers classic, shortlived", settled.Reason, StringComparison.Ordinal);
        Assert.DoesNotContain(null, _asked);
        Assert.Empty(_ca.Certificates);
    }

    [Fact]
    public async Task A_required_profile_that_finalize_refuses_is_never_done_without()
    {
        RefuseFinalize();
        await using var edge = await StartAsync(Required("shortlived"));

        await edge.RunAsync(TimeSpan.FromDays(3));

        Assert.Equal(AcmeCertificateState.Failing, edge.Status("shop.test").State);
        Assert.DoesNotContain(null, _asked);
        Assert.Empty(_ca.Certificates);
    }

    [Fact]
    public async Task An_order_that_the_ca_makes_with_another_profile_than_the_required_one_is_not_finalized()
    {
        _ca.Born = order => order.Profile = "classic";
        await using var edge = await StartAsync(Required("shortlived"));

        var status = await edge.SettleAsync("shop.test");

        Assert.Equal(AcmeCertificateState.Failing, status.State);
        Assert.Contains("'classic'", status.Reason, StringComparison.Ordinal);
        Assert.DoesNotContain("finalize", _ca.Requests);
    }

    [Fact]
    public async Task The_profile_that_the_ca_gave_instead_of_the_preferred_one_is_on_record()
    {
        _ca.Born = order => order.Profile = "classic";
        await using var edge = await StartAsync(Preferred("shortlived"));

        var status = await edge.SettleAsync("shop.test");
        await edge.RunAsync(TimeSpan.FromDays(50));

        Assert.Equal((AcmeCertificateState.Served, "shortlived"), (status.State, status.DroppedProfile));
        Assert.Equal(("classic", "shortlived"), Kept());
        Assert.Single(_asked);
    }

    [Fact]
    public async Task A_profile_that_becomes_required_is_asked_for_although_a_certificate_without_it_is_served()
    {
        Refuse(profile => profile is null ? null : TestCa.Problem(HttpStatusCode.BadRequest, "invalidProfile", "not for you"));
        await using (var first = await StartAsync(Preferred("shortlived"))) await first.SettleAsync("shop.test");
        await using var second = await StartAsync(Required("shortlived"));

        await second.SettleAsync("shop.test");

        Assert.Equal(AcmeCertificateState.Failing, second.Status("shop.test").State);
        Assert.Equal(["shortlived", null, "shortlived"], _asked);
        Assert.True(second.Published.Current.ContainsKey("shop.test"));
    }

    [Fact]
    public async Task A_refused_profile_and_a_refused_replacement_are_each_dropped_alone()
    {
        _ca.RenewalInfo = _ => TestCa.Window(_time.GetUtcNow().AddYears(1), _time.GetUtcNow().AddYears(2));
        var replaced = new List<bool>();
        _ca.Instead = (kind, payload) =>
        {
            if (kind != "order") return null;
            replaced.Add(payload!["replaces"] is not null);
            _asked.Add((string?)payload["profile"]);
            return payload["profile"] is null ? null : TestCa.Problem(HttpStatusCode.BadRequest, "invalidProfile", "not for you");
        };
        await using var edge = await StartAsync(Preferred("shortlived"));
        await edge.SettleAsync("shop.test");

        await edge.RunAsync(TimeSpan.FromDays(80));

        Assert.Equal(["shortlived", null, "shortlived", null], _asked);
        Assert.Equal([false, false, true, true], replaced);
        Assert.Equal(_ca.Certificates[0].RenewalId, _ca.Certificates[1].Replaces);
    }

    private static Wish Preferred(string profile) => Wishes.Of("shop.test") with { Profile = profile };

    private static Wish Required(string profile) => Preferred(profile) with { RequireProfile = true };

    private void Refuse(Func<string?, HttpResponseMessage?> refusal) => _ca.Instead = (kind, payload) =>
    {
        if (kind != "order") return null;
        _asked.Add((string?)payload!["profile"]);
        return refusal(_asked[^1]);
    };

    private void RefuseFinalize() => _ca.Instead = (kind, payload) =>
    {
        if (kind == "order") _asked.Add((string?)payload!["profile"]);
        return kind == "finalize" && _asked[^1] is not null ? TestCa.Problem(HttpStatusCode.BadRequest, "invalidProfile", "not any more") : null;
    };

    private (string? Used, string? Wished) Kept()
    {
        var origin = GenerationRecord.Read(Assert.Single(_store.All(RecordKind.Certificate))).Origin;
        return (origin.Profile, origin.WishedProfile);
    }

    private Task<Edge> StartAsync(params Wish[] wishes) => Edge.StartAsync(_time, _ca, _settings, _store, wishes);
}
