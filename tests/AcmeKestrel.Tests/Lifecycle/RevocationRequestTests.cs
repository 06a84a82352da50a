using AcmeKestrel.Certificates;
using AcmeKestrel.Lifecycle;
using AcmeKestrel.Lifecycle.Planning.Revocations;
using AcmeKestrel.Lifecycle.State;
using AcmeKestrel.Lifecycle.Telling;
using AcmeKestrel.LocalCa;
using AcmeKestrel.Storage;

namespace AcmeKestrel.Tests.Lifecycle;

/// <summary>When the CA is asked to revoke, and asked again where it refuses or is in trouble: for each certificate by itself.</summary>
public sealed class RevocationRequestTests : RevocationScene
{
    [Fact]
    public async Task A_ca_that_refuses_again_and_again_is_asked_on_the_ladder()
    {
        await World.SeedAsync();
        await using var edge = await World.StartAsync(Wishes.Of(Shop));
        Refuse(_ => true);

        await RevokeAsync(edge, AcmeRevocationReason.Superseded);
        await edge.RunAsync(TimeSpan.FromHours(2.5));

        Assert.Equal(4, Revocations);
        Assert.Single(edge.Events.All.OfType<LabelEvent.RevocationBegun>());
    }

    [Fact]
    public async Task Each_certificate_begins_at_the_bottom_of_the_ladder()
    {
        await World.SeedAsync();
        await using var edge = await World.StartAsync(Wishes.Of(Shop));
        await RenewAsync(edge);
        Refuse(request => request is 1 or 2 or 4);

        await RevokeAsync(edge, AcmeRevocationReason.KeyCompromise);
        await edge.RunAsync(TimeSpan.FromMinutes(4));

        Assert.Equal([1, 1, null], Stored.Select(generation => StatusOf(generation).Reason));
        Assert.Equal(5, Revocations);
    }

    /// <summary>Nobody can ask the CA for the first one, or it refuses.</summary>
    [Fact]
    public async Task A_second_compromise_can_be_told_while_the_first_cannot_end()
    {
        await World.SeedAsync();
        await using var edge = await World.StartAsync(Wishes.Of(Shop));
        Refuse(_ => true);
        await RevokeAsync(edge, AcmeRevocationReason.KeyCompromise);
        var second = edge.Published.Current[Shop];
        await RevokeAsync(edge, AcmeRevocationReason.KeyCompromise);
        Assert.Equal(second.Id, edge.Published.Current[Shop].Id);

        await edge.RunAsync(TimeSpan.FromDays(1.1));
        await RevokeAsync(edge, AcmeRevocationReason.KeyCompromise);
        Assert.NotEqual(second.Id, edge.Published.Current[Shop].Id);

        Refuse(_ => false);
        await edge.RunAsync(TimeSpan.FromDays(1.2));
        Assert.Equal([1, 1, null], Stored.Select(generation => StatusOf(generation).Reason));
        Assert.Empty(World.Store.All(RecordKind.Revocation));
    }

    [Fact]
    public async Task One_that_the_ca_refuses_to_revoke_keeps_no_other()
    {
        await World.SeedAsync();
        await using var edge = await World.StartAsync(Wishes.Of(Shop));
        var second = 0;
        Refuse(request => request != second);
        await RevokeAsync(edge, AcmeRevocationReason.KeyCompromise);
        await edge.RunAsync(TimeSpan.FromDays(1.1));

        // The first one is asked for first.
        second = Revocations + 2;
        await RevokeAsync(edge, AcmeRevocationReason.KeyCompromise);

        Assert.Equal([null, 1, null], Stored.Select(generation => StatusOf(generation).Reason));
        Assert.Single(World.Store.All(RecordKind.Revocation));
    }

    [Fact]
    public async Task One_that_has_expired_is_nothing_to_ask_for_and_is_not_said_to_be_revoked()
    {
        await World.SeedAsync();
        World.Time.Advance(TimeSpan.FromDays(91));
        await using var edge = await World.StartAsync();

        Assert.True((await RevokeAsync(edge, AcmeRevocationReason.CessationOfOperation))!.IsRevoked);

        Assert.Empty(World.Requests);
        Assert.Empty(edge.Events.All.OfType<LabelEvent.Revoked>());
        Assert.Empty(World.Store.All(RecordKind.Certificate));
    }

    [Fact]
    public async Task While_everybody_leaves_the_ca_alone_nothing_is_written_for_it()
    {
        await World.SeedAsync();
        await using var edge = await World.StartAsync();
        await (await edge.LedgerAsync(World.Settings.Provider)).Circuit.FailedAsync("it sleeps", TimeSpan.FromHours(2), null, isUrgent: false, Token);
        var writes = 0;
        World.Store.BeforeWrite = key => writes += key.Kind == RecordKind.Revocation ? 1 : 0;

        await RevokeAsync(edge, AcmeRevocationReason.Superseded);
        await edge.RunAsync(TimeSpan.FromMinutes(118));

        Assert.InRange(writes, 1, 3);
    }

    /// <summary>How much of it is over nobody knows, so it begins anew.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task What_the_ca_asked_for_by_a_clock_that_was_ahead_lasts_as_long_and_no_longer(bool restarts)
    {
        await World.SeedAsync();
        var edge = await World.StartAsync(Wishes.Of(Shop));
        World.Answer = (request, next) => request.Resource == "revoke-cert" ? AccountEdge.Problem(429, "rateLimited", "later", ("Retry-After", "7200")) : next(request);
        await RevokeAsync(edge, AcmeRevocationReason.Superseded);
        World.Answer = (request, next) => next(request);
        Assert.Equal(1, Revocations);

        World.Time.AdjustTime(World.Time.GetUtcNow().AddHours(-40));
        if (restarts)
        {
            await edge.DisposeAsync();
            edge = await World.StartAsync(Wishes.Of(Shop));
        }

        edge.Wake([Shop]);
        await edge.RunAsync(TimeSpan.FromMinutes(115));
        Assert.Equal(1, Revocations);

        await edge.RunAsync(TimeSpan.FromMinutes(20));
        Assert.Equal(2, Revocations);
        await edge.DisposeAsync();
    }

    /// <summary>A rate limit of this certificate's, which another name need not wait for.</summary>
    [Fact]
    public async Task A_limit_that_one_revocation_meets_keeps_the_ca_from_the_others_for_no_longer_than_a_fault()
    {
        await World.SeedAsync();
        await using var edge = await World.StartAsync(Wishes.Of(Shop));
        World.Answer = (request, next) => request.Resource == "revoke-cert" ? AccountEdge.Problem(429, "rateLimited", "later", ("Retry-After", "172800")) : next(request);

        await RevokeAsync(edge, AcmeRevocationReason.Superseded);

        var circuit = (await edge.LedgerAsync(World.Settings.Provider)).Circuit.State!;
        Assert.True(circuit.OpenUntil < World.Time.GetUtcNow().AddHours(1));
    }

    [Fact]
    public async Task A_revocation_by_the_certificates_own_key_is_an_answer_of_a_ca_that_works()
    {
        await World.SeedAsync();
        await World.Store.DeleteAsync(new StoreDeletion(World.Record.Key), Token);
        await using var edge = await World.StartAsync();
        var circuit = (await edge.LedgerAsync(World.Settings.Provider)).Circuit;
        await circuit.FailedAsync("it sleeps", null, null, isUrgent: false, Token);
        await edge.RunAsync(TimeSpan.FromMinutes(2));

        Assert.True((await RevokeAsync(edge, AcmeRevocationReason.CessationOfOperation))!.IsRevoked);

        Assert.Equal((1, null), (Revocations, circuit.State));
    }
}
