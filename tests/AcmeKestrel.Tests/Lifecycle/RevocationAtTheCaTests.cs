using AcmeKestrel.Certificates;
using AcmeKestrel.Lifecycle.Telling;
using AcmeKestrel.Storage;

namespace AcmeKestrel.Tests.Lifecycle;

/// <summary>How the CA takes a revocation: who signs it, what it refuses, and how long it is left alone.</summary>
public sealed class RevocationAtTheCaTests : RevocationScene
{
    [Theory]
    [InlineData("lost")]
    [InlineData("unknown")]
    [InlineData("closed")]
    public async Task Where_the_account_is_lost_the_certificates_own_key_signs(string how)
    {
        await World.SeedAsync();
        await using var edge = await World.StartAsync(Wishes.Of(Shop));
        var first = edge.Published.Current[Shop];
        if (how == "lost") await World.Store.DeleteAsync(new StoreDeletion(World.Record.Key), Token);
        if (how == "closed") await (await edge.AccountAsync(World.Settings.Provider, AccountEdge.Email)).DeactivateAsync(Token);
        if (how != "unknown") edge.Wish(Wishes.Of(Shop) with { Email = "other@example.test" });
        else
        {
            World.Answer = (request, next) => request.Resource == "revoke-cert" && Revocations == 1
                ? AccountEdge.Problem(400, "accountDoesNotExist", "who is that?")
                : next(request);
        }

        var result = await RevokeAsync(edge, AcmeRevocationReason.CessationOfOperation);

        Assert.Equal((true, null), (result!.IsRevoked, result.Problem));
        Assert.Equal(5, StatusOf(first).Reason);
        Assert.NotEqual(first.Id, edge.Published.Current[Shop].Id);
        Assert.True(Assert.Single(edge.Events.All.OfType<LabelEvent.Revoked>()).ByKey);
        Assert.Equal(how == "lost" ? 1 : 2, Revocations);
    }

    [Fact]
    public async Task A_ca_that_shows_the_order_no_more_has_revoked_all_the_same()
    {
        await World.SeedAsync();
        await using var edge = await World.StartAsync(Wishes.Of(Shop));
        var first = edge.Published.Current[Shop];
        World.Answer = (request, next) => request.Resource == "order" && first.Origin.OrderUrl.EndsWith(request.Path, StringComparison.Ordinal) ? AccountEdge.Problem(404, "malformed", "no such order") : next(request);

        Assert.True((await RevokeAsync(edge, AcmeRevocationReason.Superseded))!.IsRevoked);

        Assert.Equal(4, StatusOf(first).Reason);
    }

    [Fact]
    public async Task A_reason_that_the_ca_does_not_take_is_left_out()
    {
        await World.SeedAsync();
        await using var edge = await World.StartAsync(Wishes.Of(Shop));
        var first = edge.Published.Current[Shop];
        World.Answer = (request, next) => request.Resource == "revoke-cert" && Revocations == 1
            ? AccountEdge.Problem(400, "badRevocationReason", "only 0, 1, 4 and 5")
            : next(request);

        Assert.True((await RevokeAsync(edge, AcmeRevocationReason.AffiliationChanged))!.IsRevoked);

        Assert.Equal((true, null), (StatusOf(first).IsRevoked, StatusOf(first).Reason));
    }

    [Fact]
    public async Task A_ca_that_cannot_be_asked_is_asked_again_over_restarts_and_its_retry_after_is_obeyed()
    {
        await World.SeedAsync();
        Generation first;
        World.Answer = (request, next) => request.Resource == "revoke-cert" ? AccountEdge.Problem(503, "serverInternal", "busy", ("Retry-After", "7200")) : next(request);
        await using (var edge = await World.StartAsync(Wishes.Of(Shop)))
        {
            first = edge.Published.Current[Shop];
            var result = await RevokeAsync(edge, AcmeRevocationReason.Superseded);

            Assert.False(result!.IsRevoked);
            Assert.Contains("busy", result.Problem, StringComparison.Ordinal);
            Assert.Equal((AcmeCertificateState.Served, result.Problem), (edge.Status(Shop).State, edge.Status(Shop).Revocation!.Problem));
            Assert.True((await edge.LedgerAsync(World.Settings.Provider)).Circuit.State!.IsAsked);
            Assert.Single(World.Requests, request => request == "revoke-cert");
        }

        await using var next = await World.StartAsync(Wishes.Of(Shop));
        await next.RunAsync(TimeSpan.FromMinutes(119));
        Assert.Single(World.Requests, request => request == "revoke-cert");
        World.Answer = (request, next) => next(request);
        await next.RunAsync(TimeSpan.FromMinutes(3));

        Assert.Equal(4, StatusOf(first).Reason);
        Assert.Null(next.Status(Shop).Revocation);
    }

    /// <summary>Longer than any wait of the ladder.</summary>
    [Theory]
    [InlineData(429, "rateLimited")]
    [InlineData(503, "serverInternal")]
    public async Task A_ca_that_asks_for_two_days_is_left_alone_for_two_days(int status, string type)
    {
        await World.SeedAsync();
        await using var edge = await World.StartAsync(Wishes.Of(Shop));
        var first = edge.Published.Current[Shop];
        World.Answer = (request, next) => request.Resource == "revoke-cert" && Revocations < 5 ? AccountEdge.Problem(status, type, "later", ("Retry-After", "172800")) : next(request);

        Assert.False((await RevokeAsync(edge, AcmeRevocationReason.Superseded))!.IsRevoked);
        await edge.RunAsync(TimeSpan.FromHours(47));
        Assert.Equal(1, Revocations);

        World.Answer = (request, next) => next(request);
        await edge.RunAsync(TimeSpan.FromHours(1.1));
        Assert.Equal((2, 4), (Revocations, StatusOf(first).Reason));
    }

    [Fact]
    public async Task A_ca_that_everybody_leaves_alone_is_not_asked_to_revoke_before()
    {
        await World.SeedAsync();
        var first = Assert.Single(Stored);
        await using var edge = await World.StartAsync();
        var circuit = (await edge.LedgerAsync(World.Settings.Provider)).Circuit;
        await circuit.FailedAsync("it sleeps", TimeSpan.FromHours(2), null, isUrgent: false, Token);

        var result = await RevokeAsync(edge, AcmeRevocationReason.Superseded);
        Assert.False(result!.IsRevoked);
        Assert.Contains("it sleeps", result.Problem, StringComparison.Ordinal);
        await RevokeAsync(edge, AcmeRevocationReason.Superseded);
        await edge.RunAsync(TimeSpan.FromMinutes(118));
        Assert.Empty(World.Requests);
        Assert.Empty(edge.Events.All.OfType<LabelEvent.RevocationFailed>());

        await edge.RunAsync(TimeSpan.FromMinutes(2));
        Assert.Equal((1, 4), (Revocations, StatusOf(first).Reason));
        Assert.Equal((null, null), (circuit.State, circuit.Probe));
    }

    [Fact]
    public async Task A_ca_that_is_down_is_asked_by_one_label_at_a_time()
    {
        string[] labels = [.. Enumerable.Range(0, 6).Select(number => $"shop{number}.test")];
        await using (var before = await World.StartAsync([.. labels.Select(label => Wishes.Of(label))])) await before.RunAsync(TimeSpan.FromMinutes(1));
        var certificates = Stored;
        await using var edge = await World.StartAsync();
        var circuit = (await edge.LedgerAsync(World.Settings.Provider)).Circuit;
        World.Answer = (request, next) => request.Resource == "revoke-cert" ? AccountEdge.Problem(500, "serverInternal", "down") : next(request);

        Task<AcmeRevocationResult?>[] asked = [.. labels.Select(label => edge.Get<IAcmeCertificates>().RevokeAsync(label, AcmeRevocationReason.CessationOfOperation, Token))];
        await edge.RunAsync(TimeSpan.FromHours(1));

        Assert.All(await Task.WhenAll(asked), result => Assert.False(result!.IsRevoked));
        Assert.InRange(Revocations, 4, 7);
        Assert.Equal((true, null), (circuit.State is not null, circuit.Probe));

        World.Answer = (request, next) => next(request);
        await edge.RunAsync(TimeSpan.FromHours(3));
        Assert.All(certificates, certificate => Assert.Equal(5, StatusOf(certificate).Reason));
        Assert.Equal((null, null), (circuit.State, circuit.Probe));
    }

    [Fact]
    public async Task A_label_that_waits_for_the_probe_asks_after_it_and_a_refusal_is_an_answer()
    {
        await World.SeedAsync();
        await using var edge = await World.StartAsync();
        var circuit = (await edge.LedgerAsync(World.Settings.Provider)).Circuit;
        await circuit.FailedAsync("it sleeps", null, null, isUrgent: false, Token);
        await edge.RunAsync(TimeSpan.FromMinutes(2));
        World.Answer = (request, next) => request.Resource == "revoke-cert" && Revocations == 1 ? AccountEdge.Problem(400, "malformed", "what?") : next(request);

        using (circuit.TryEnter("other.test"))
        {
            Assert.False((await RevokeAsync(edge, AcmeRevocationReason.Superseded))!.IsRevoked);
            Assert.Empty(World.Requests);
        }

        await edge.RunAsync(TimeSpan.FromMinutes(1));
        Assert.Equal((1, null, null), (Revocations, circuit.State, circuit.Probe));
        await edge.RunAsync(TimeSpan.FromMinutes(2));
        Assert.Empty(World.Store.All(RecordKind.Revocation));
    }
}
