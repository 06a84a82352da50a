using System.Buffers.Text;
using System.Text;
using System.Text.Json;
using AcmeKestrel.Certificates;
using AcmeKestrel.Configuration;
using AcmeKestrel.Diagnostics;
using AcmeKestrel.Lifecycle;
using AcmeKestrel.Lifecycle.Accounts;
using AcmeKestrel.Lifecycle.Telling;
using AcmeKestrel.LocalCa;
using AcmeKestrel.Storage;

namespace AcmeKestrel.Tests.Lifecycle;

/// <summary>What a CA refuses to an account is no name's failure: it is held with what a human must do, and asked again once a day, whatever the number of names.</summary>
public sealed class AccountRefusalTests : IAsyncDisposable
{
    private const string TermsPage = "https://ca.test/terms/2";
    private readonly AccountEdge _world = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public ValueTask DisposeAsync() => _world.DisposeAsync();

    [Theory]
    [InlineData(403, "userActionRequired", "agree first", true)]
    [InlineData(403, "agreementRequired", "agree first", true)]
    [InlineData(400, "malformed", "must agree to terms of service", false)]
    public async Task Terms_refused_at_registration_hold_all_names_with_the_page_and_cost_a_request_a_day(int status, string type, string detail, bool link)
    {
        _world.Options.TermsOfService = TermsPage;
        _world.Answer = (request, next) => request.Resource == "new-account"
            ? AccountEdge.Problem(status, type, detail, link ? [("Link", $"<{TermsPage}>;rel=\"terms-of-service\"")] : [])
            : next(request);
        await using var edge = await _world.StartAsync(Wishes.Of("a.test"), Wishes.Of("b.test"), Wishes.Of("c.test"));

        await edge.RunAsync(TimeSpan.FromHours(23));

        Assert.All(edge.Get<StatusBoard>().List(), label =>
        {
            Assert.Equal((AcmeCertificateState.Held, 0), (label.State, label.Failures));
            Assert.Contains(TermsPage, label.Reason, StringComparison.Ordinal);
        });
        Assert.Equal(1, Asked("new-account"));
        Assert.Empty(_world.Store.All(RecordKind.Schedule));

        _world.Answer = (request, next) => next(request);
        await edge.RunAsync(TimeSpan.FromHours(2));
        Assert.All(edge.Get<StatusBoard>().List(), label => Assert.Equal((AcmeCertificateState.Served, 0), (label.State, label.Failures)));
    }

    [Fact]
    public async Task Changed_terms_hold_the_accounts_names_and_no_others_until_a_human_has_agreed()
    {
        await _world.SeedAsync();
        _world.Options.TermsOfService = TermsPage;
        await using var edge = await _world.StartAsync(Wishes.Of("a.test"), Wishes.Of("b.test"), Wishes.Of("c.test"), Wishes.Of("other.test") with { Email = "other@example.test" });

        await edge.RunAsync(TimeSpan.FromHours(23));

        foreach (var label in new[] { "a.test", "b.test", "c.test" })
        {
            Assert.Equal((AcmeCertificateState.Held, 0), (edge.Status(label).State, edge.Status(label).Failures));
            Assert.Contains("wants its terms of service agreed to at https://", edge.Status(label).Reason, StringComparison.Ordinal);
        }

        Assert.Equal(AcmeCertificateState.Served, edge.Status("other.test").State);
        Assert.Equal(2, Asked("new-order"));

        await edge.RunAsync(TimeSpan.FromHours(2));
        Assert.Equal(3, Asked("new-order"));

        _world.Ca.AgreeToTerms(Url(AccountEdge.Email));
        await edge.RunAsync(TimeSpan.FromHours(24));
        Assert.All(edge.Get<StatusBoard>().List(), label => Assert.Equal((AcmeCertificateState.Served, 0), (label.State, label.Failures)));
    }

    /// <summary>A day is longer than what is left of it.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_certificate_that_ends_sooner_is_not_held_for_a_day(bool restarts)
    {
        _world.Options.CertificateLifetime = TimeSpan.FromHours(40);
        await _world.SeedAsync();
        DateTimeOffset? since = null;
        _world.Answer = (request, next) => request.Resource == "new-order" && _world.Time.GetUtcNow() < (since ??= _world.Time.GetUtcNow()) + TimeSpan.FromHours(2)
            ? AccountEdge.Problem(403, "userActionRequired", "agree first", ("Link", $"<{TermsPage}>;rel=\"terms-of-service\""))
            : next(request);
        var edge = await _world.StartAsync(Wishes.Of("shop.test"));
        var first = edge.Entry("shop.test").Certificate!;
        await edge.RunUntilAsync(first.NotAfter.AddHours(-19));
        Assert.Equal(AcmeCertificateState.Held, edge.Status("shop.test").State);
        Assert.True(edge.Status("shop.test").NextAttempt < _world.Time.GetUtcNow().AddHours(3));
        if (restarts)
        {
            await edge.DisposeAsync();
            edge = await _world.StartAsync(Wishes.Of("shop.test"));
        }

        await edge.RunUntilAsync(first.NotAfter.AddHours(-10));

        Assert.True(edge.Entry("shop.test").Certificate!.NotAfter > first.NotAfter);
        Assert.InRange(Asked("new-order"), 2, 4);
        await edge.DisposeAsync();
    }

    [Fact]
    public async Task A_reconcile_looks_at_once_whether_the_human_has_agreed()
    {
        await _world.SeedAsync();
        _world.Options.TermsOfService = TermsPage;
        await using var edge = await _world.StartAsync(Wishes.Of("a.test"), Wishes.Of("b.test"));
        await edge.RunAsync(TimeSpan.FromHours(1));
        _world.Ca.AgreeToTerms(Url(AccountEdge.Email));

        edge.Wake(["a.test"]);
        await edge.RunAsync(TimeSpan.FromSeconds(1));
        Assert.Equal(AcmeCertificateState.Held, edge.Status("a.test").State);

        edge.Get<AccountKeeper>().LookAgain();
        edge.Wake(["a.test", "b.test"]);
        await edge.RunAsync(TimeSpan.FromSeconds(10));
        Assert.All(edge.Get<StatusBoard>().List(), label => Assert.Equal(AcmeCertificateState.Served, label.State));
    }

    [Fact]
    public async Task An_order_in_flight_outlives_a_change_of_terms()
    {
        await _world.SeedAsync();
        var validated = _world.HoldValidations();
        await using var edge = await _world.StartAsync(Wishes.Of("slow.test"));
        await edge.RunAsync(TimeSpan.FromSeconds(3));
        _world.Options.TermsOfService = TermsPage;
        validated.SetResult();
        await edge.RunAsync(TimeSpan.FromHours(12));
        Assert.Equal((AcmeCertificateState.Held, 0), (edge.Status("slow.test").State, edge.Status("slow.test").Failures));

        _world.Ca.AgreeToTerms(Url(AccountEdge.Email));
        await edge.RunAsync(TimeSpan.FromHours(13));

        Assert.Equal((AcmeCertificateState.Served, 0), (edge.Status("slow.test").State, edge.Status("slow.test").Failures));
        Assert.Equal(1, Asked("new-order"));
    }

    [Theory]
    [InlineData("invalidContact")]
    [InlineData("unsupportedContact")]
    public async Task A_mail_address_that_the_ca_does_not_take_is_named_with_its_key(string type)
    {
        _world.Answer = (request, next) => request.Resource == "new-account" ? AccountEdge.Problem(400, type, "no such domain") : next(request);
        await using var edge = await _world.StartAsync(Wishes.Of("a.test"), Wishes.Of("b.test"));

        await edge.RunAsync(TimeSpan.FromHours(20));

        Assert.All(edge.Get<StatusBoard>().List(), label =>
        {
            Assert.Equal((AcmeCertificateState.Held, 0), (label.State, label.Failures));
            Assert.Contains(AccountEdge.Email, label.Reason, StringComparison.Ordinal);
            Assert.Contains("Acme:Email", label.Reason, StringComparison.Ordinal);
        });
        Assert.Equal(1, Asked("new-account"));
    }

    [Fact]
    public async Task A_refused_binding_is_held_with_its_keys_and_a_changed_one_is_tried_at_once()
    {
        _world.Options.ExternalAccountRequired = true;
        _world.Options.ExternalAccounts["kid-2"] = "secret-secret-secret-secret"u8.ToArray();
        _world.Settings.EabKeyId = "kid-1";
        await using var edge = await _world.StartAsync(Wishes.Of("shop.test"));

        await edge.RunAsync(TimeSpan.FromHours(20));
        Assert.Equal((AcmeCertificateState.Held, 0), (edge.Status("shop.test").State, edge.Status("shop.test").Failures));
        Assert.Contains("Acme:Providers:test:EabKeyId and EabHmacKey", edge.Status("shop.test").Reason, StringComparison.Ordinal);
        Assert.Equal(1, Asked("new-account"));

        _world.Settings.EabKeyId = "kid-2";
        edge.Wake(["shop.test"]);
        Assert.Equal(AcmeCertificateState.Served, (await edge.SettleAsync("shop.test")).State);
        Assert.Equal("kid-2", _world.Record.Facts.EabKeyIdSent);
    }

    [Theory]
    [InlineData("HS256")]
    [InlineData("HS384")]
    [InlineData("HS512")]
    public async Task A_binding_that_works_once_is_spent_once_whenever_it_is_killed(string algorithm)
    {
        for (var moment = 1; ; moment++)
        {
            await using var world = new AccountEdge();
            world.Options.ExternalAccountRequired = true;
            world.Options.ExternalAccounts["kid-1"] = "secret-secret-secret-secret"u8.ToArray();
            (world.Settings.EabKeyId, world.Settings.EabAlgorithm) = ("kid-1", Enum.Parse<AcmeMacAlgorithm>(algorithm));

            var death = new Death(moment);
            try
            {
                await using var dying = await world.StartAsync(death, Wishes.Of("shop.test"));
                while (!death.HasCome && (await dying.SettleAsync("shop.test")).State is not AcmeCertificateState.Served) continue;
            }
            catch (Exception) when (death.HasCome)
            {
                // Killed.
            }

            if (!death.HasCome) return;

            await using var edge = await world.StartAsync(Wishes.Of("shop.test"));
            var status = await edge.SettleAsync("shop.test");
            Assert.True(status.State is AcmeCertificateState.Served, $"moment {moment}: {status.Reason}");
            Assert.Single(world.Store.All(RecordKind.Account));
            if (algorithm != "HS256" && moment > 20) return;
        }
    }

    /// <summary>RFC 8555 section 7.3.1 wants <c>accountDoesNotExist</c>; some CAs look at the binding first, which a look has not.</summary>
    [Fact]
    public async Task A_look_that_is_refused_for_want_of_a_binding_found_no_account()
    {
        _world.Options.ExternalAccountRequired = true;
        _world.Options.ExternalAccounts["kid-1"] = "secret-secret-secret-secret"u8.ToArray();
        _world.Settings.EabKeyId = "kid-1";
        _world.Answer = (request, next) => request.Resource == "new-account" ? AccountEdge.Problem(500, "serverInternal", "not now") : next(request);
        await using (var first = await _world.StartAsync(Wishes.Of("shop.test"))) await first.RunAsync(TimeSpan.FromSeconds(1));
        Assert.Null(_world.Record.Facts.Url);
        _world.Time.Advance(TimeSpan.FromMinutes(10));
        _world.Answer = (request, next) => request.Resource == "new-account" && IsLook(request) ? AccountEdge.Problem(403, "externalAccountRequired", "bind it") : next(request);

        await using var edge = await _world.StartAsync(Wishes.Of("shop.test"));

        Assert.Equal((AcmeCertificateState.Served, 0), ((await edge.SettleAsync("shop.test")).State, edge.Status("shop.test").Failures));
    }

    /// <summary>A look sends no agreement (RFC 8555 section 7.3.1), and some CAs miss that first, or do not know looks.</summary>
    [Theory]
    [InlineData(403, "userActionRequired", "You must agree to the terms of service")]
    [InlineData(403, "agreementRequired", "agree first")]
    [InlineData(400, "malformed", "must agree to terms of service")]
    [InlineData(400, "malformed", "what is onlyReturnExisting")]
    public async Task A_look_that_is_refused_found_no_account(int status, string type, string detail)
    {
        _world.Answer = (request, next) => request.Resource == "new-account" ? AccountEdge.Problem(500, "serverInternal", "not now") : next(request);
        await using (var first = await _world.StartAsync(Wishes.Of("shop.test"))) await first.RunAsync(TimeSpan.FromSeconds(1));
        _world.Time.Advance(TimeSpan.FromMinutes(10));
        _world.Answer = (request, next) => request.Resource == "new-account" && IsLook(request) ? AccountEdge.Problem(status, type, detail) : next(request);

        await using var edge = await _world.StartAsync(Wishes.Of("shop.test"));

        Assert.Equal((AcmeCertificateState.Served, 0), ((await edge.SettleAsync("shop.test")).State, edge.Status("shop.test").Failures));
    }

    [Fact]
    public async Task A_refusal_that_was_told_to_a_clock_that_was_ahead_is_over_when_it_is_set_right()
    {
        var now = _world.Time.GetUtcNow();
        _world.Time.AdjustTime(now.AddYears(10));
        _world.Answer = (request, next) => request.Resource == "new-account" ? AccountEdge.Problem(403, "userActionRequired", "agree first") : next(request);
        await using var edge = await _world.StartAsync(Wishes.Of("shop.test"));
        Assert.Equal(AcmeCertificateState.Held, (await edge.SettleAsync("shop.test")).State);

        _world.Answer = (request, next) => next(request);
        _world.Time.AdjustTime(now);
        edge.Wake(["shop.test"]);
        await edge.RunAsync(TimeSpan.FromMinutes(1));

        Assert.Equal(AcmeCertificateState.Served, edge.Status("shop.test").State);
    }

    private static bool IsLook(LocalCaRequest request)
    {
        var payload = JsonDocument.Parse(request.Body).RootElement.GetProperty("payload").GetString();
        return Encoding.UTF8.GetString(Base64Url.DecodeFromChars(payload)).Contains("onlyReturnExisting", StringComparison.Ordinal);
    }

    private int Asked(string resource) => _world.Requests.Count(asked => asked == resource);

    private string Url(string email) => _world.Store.All(RecordKind.Account).Select(AccountRecord.Read).Single(record => record.Facts.Email == email).Facts.Url!;
}
