using AcmeKestrel.LocalCa;
using AcmeKestrel.Storage;

namespace AcmeKestrel.Tests.Lifecycle;

/// <summary>A key that others know: no certificate bears it any longer than it must, and no order goes on with what lay beside it.</summary>
public sealed class CompromisedKeyTests : RevocationScene
{
    [Theory]
    [InlineData(AcmeRevocationReason.Superseded, true)]
    [InlineData(AcmeRevocationReason.KeyCompromise, false)]
    public async Task A_reused_key_is_reused_no_more_once_it_is_compromised(AcmeRevocationReason reason, bool isReused)
    {
        await World.SeedAsync();
        await using var edge = await World.StartAsync(Wishes.Of(Shop) with { ReuseKey = true });
        var first = edge.Published.Current[Shop];

        await RevokeAsync(edge, reason);
        var second = edge.Published.Current[Shop];
        await RenewAsync(edge);

        Assert.True(StatusOf(first).IsRevoked);
        Assert.Equal(isReused, HaveOneKey(first, second));
        Assert.True(HaveOneKey(second, edge.Published.Current[Shop]));
    }

    [Fact]
    public async Task Every_stored_certificate_that_has_not_expired_is_revoked_after_a_compromise()
    {
        await World.SeedAsync();
        await using var edge = await World.StartAsync(Wishes.Of(Shop));
        var first = edge.Published.Current[Shop];
        await RenewAsync(edge);
        var second = edge.Published.Current[Shop];

        await RevokeAsync(edge, AcmeRevocationReason.KeyCompromise);

        Assert.Equal((1, 1), (StatusOf(first).Reason, StatusOf(second).Reason));
        Assert.False(StatusOf(edge.Published.Current[Shop]).IsRevoked);

        await RenewAsync(edge);
        var fourth = edge.Published.Current[Shop];
        await RevokeAsync(edge, AcmeRevocationReason.Superseded);
        Assert.True(StatusOf(fourth).IsRevoked);
        Assert.Equal(3, Revocations);
    }

    /// <summary>Some CAs take a revocation by the key as a compromise of it, and revoke every certificate that bears it.</summary>
    [Fact]
    public async Task A_key_that_the_new_certificate_has_too_signs_no_revocation()
    {
        await World.SeedAsync();
        await using var edge = await World.StartAsync(Wishes.Of(Shop) with { ReuseKey = true });
        var first = edge.Published.Current[Shop];
        await World.Store.DeleteAsync(new StoreDeletion(World.Record.Key), Token);
        edge.Wish(Wishes.Of(Shop) with { ReuseKey = true, Email = "other@example.test" });

        var result = await RevokeAsync(edge, AcmeRevocationReason.Superseded);

        Assert.False(result!.IsRevoked);
        Assert.Contains("has the same one", result.Problem, StringComparison.Ordinal);
        Assert.DoesNotContain("revoke-cert", World.Requests);
        Assert.Equal(AcmeCertificateState.Served, edge.Status(Shop).State);

        edge.Wish(Wishes.Of(Shop) with { Email = "other@example.test" });
        await RenewAsync(edge);
        await RevokeAsync(edge, AcmeRevocationReason.Superseded);
        Assert.Equal(4, StatusOf(first).Reason);
    }

    [Fact]
    public async Task A_compromised_key_waits_for_a_replacement_no_longer_than_a_day()
    {
        await World.SeedAsync();
        await using var edge = await World.StartAsync(Wishes.Of(Shop));
        var first = edge.Published.Current[Shop];
        World.Options.Validator = (_, _) => ValueTask.FromResult<ChallengeProblem?>(new ChallengeProblem("connection", "nobody is there"));

        await RevokeAsync(edge, AcmeRevocationReason.KeyCompromise);
        await edge.RunAsync(TimeSpan.FromHours(23));
        Assert.False(StatusOf(first).IsRevoked);
        await edge.RunAsync(TimeSpan.FromHours(1.1));

        Assert.Equal(1, StatusOf(first).Reason);
        Assert.Equal((first.Id, true), (edge.Published.Current[Shop].Id, edge.Status(Shop).Revocation!.IsRevoked));

        World.Options.Validator = null;
        await edge.RunAsync(TimeSpan.FromDays(1.2));
        Assert.False(HaveOneKey(first, edge.Published.Current[Shop]));
        Assert.Empty(World.Store.All(RecordKind.Revocation));
        Assert.Single(World.Requests, request => request == "revoke-cert");
    }

    [Fact]
    public async Task An_order_for_the_compromised_key_is_given_up()
    {
        await World.SeedAsync();
        await using var edge = await World.StartAsync(Wishes.Of(Shop) with { ReuseKey = true });
        var first = edge.Published.Current[Shop];
        var held = World.HoldValidations();
        var renewal = edge.Get<IAcmeCertificates>().RenewAsync(Shop, Token);
        await edge.RunAsync(TimeSpan.FromSeconds(5));
        Assert.Equal(AcmeCertificateState.Ordering, edge.Status(Shop).State);

        var revocation = edge.Get<IAcmeCertificates>().RevokeAsync(Shop, AcmeRevocationReason.KeyCompromise, Token);
        World.Options.Validator = null;
        held.SetResult();
        await edge.RunAsync(TimeSpan.FromMinutes(2));

        Assert.True((await revocation)!.IsRevoked);
        await renewal;
        Assert.Equal(1, StatusOf(first).Reason);
        Assert.False(HaveOneKey(first, edge.Published.Current[Shop]));
        Assert.DoesNotContain(Stored, stored => stored.Id != first.Id && HaveOneKey(first, stored));
    }

    [Fact]
    public async Task A_certificate_that_comes_for_the_compromised_key_all_the_same_is_revoked_with_it()
    {
        await World.SeedAsync();
        await using var edge = await World.StartAsync(Wishes.Of(Shop) with { ReuseKey = true });
        World.Options.ProcessingPolls = 3;
        var renewal = edge.Get<IAcmeCertificates>().RenewAsync(Shop, Token);
        while (!World.Requests.Contains("finalize")) await edge.RunAsync(TimeSpan.FromSeconds(1));
        Assert.Equal(AcmeCertificateState.Ordering, edge.Status(Shop).State);

        var revocation = edge.Get<IAcmeCertificates>().RevokeAsync(Shop, AcmeRevocationReason.KeyCompromise, Token);
        await edge.RunAsync(TimeSpan.FromMinutes(2));

        Assert.True((await revocation)!.IsRevoked);
        await renewal;
        var stored = Stored;
        Assert.Equal(3, stored.Count);
        Assert.Equal([1, 1, null], stored.Select(generation => StatusOf(generation).Reason));
        Assert.False(HaveOneKey(stored[0], edge.Published.Current[Shop]));
    }

    /// <summary>Its key lay beside the compromised one, in the order's record.</summary>
    [Fact]
    public async Task An_order_with_a_key_of_its_own_from_before_the_compromise_is_given_up()
    {
        await World.SeedAsync();
        await using var edge = await World.StartAsync(Wishes.Of(Shop));
        var first = edge.Published.Current[Shop];
        var held = World.HoldValidations();
        var renewal = edge.Get<IAcmeCertificates>().RenewAsync(Shop, Token);
        await edge.RunAsync(TimeSpan.FromSeconds(5));
        var known = edge.Entry(Shop).Run!.PrivateKey;

        var revocation = edge.Get<IAcmeCertificates>().RevokeAsync(Shop, AcmeRevocationReason.KeyCompromise, Token);
        World.Options.Validator = null;
        held.SetResult();
        await edge.RunAsync(TimeSpan.FromMinutes(2));

        Assert.True((await revocation)!.IsRevoked);
        await renewal;
        Assert.Equal(1, StatusOf(first).Reason);
        Assert.Equal(2, World.Requests.Count(request => request == "new-order"));
        Assert.DoesNotContain(Stored, stored => stored.PrivateKeyPkcs8.Span.SequenceEqual(known));
    }

    [Fact]
    public async Task A_certificate_that_comes_of_an_order_from_before_the_compromise_is_revoked_with_it()
    {
        await World.SeedAsync();
        await using var edge = await World.StartAsync(Wishes.Of(Shop));
        World.Options.ProcessingPolls = 3;
        var renewal = edge.Get<IAcmeCertificates>().RenewAsync(Shop, Token);
        while (!World.Requests.Contains("finalize")) await edge.RunAsync(TimeSpan.FromSeconds(1));
        Assert.Equal(AcmeCertificateState.Ordering, edge.Status(Shop).State);

        var revocation = edge.Get<IAcmeCertificates>().RevokeAsync(Shop, AcmeRevocationReason.KeyCompromise, Token);
        await edge.RunAsync(TimeSpan.FromMinutes(2));

        Assert.True((await revocation)!.IsRevoked);
        await renewal;
        var stored = Stored;
        Assert.Equal([1, 1, null], stored.Select(generation => StatusOf(generation).Reason));
        Assert.Equal(stored[^1].Id, edge.Published.Current[Shop].Id);
        Assert.Empty(World.Store.All(RecordKind.Revocation));
    }

    /// <summary>A clock that was ahead when the key was said to be compromised gives up no order that was begun since.</summary>
    [Fact]
    public async Task Orders_from_after_the_compromise_go_on_whatever_the_clock_says()
    {
        await World.SeedAsync();
        await using var edge = await World.StartAsync(Wishes.Of(Shop));
        World.Options.Validator = (_, _) => ValueTask.FromResult<ChallengeProblem?>(new ChallengeProblem("connection", "nobody is there"));
        await RevokeAsync(edge, AcmeRevocationReason.KeyCompromise);
        World.Options.Validator = null;
        World.Requests.Clear();

        World.Time.AdjustTime(World.Time.GetUtcNow().AddHours(-2));
        var retry = edge.Get<IAcmeCertificates>().RetryAsync(Shop, Token);
        await edge.RunAsync(TimeSpan.FromMinutes(5));
        await retry;

        Assert.Single(World.Requests, request => request == "new-order");
        Assert.Empty(World.Store.All(RecordKind.Revocation));
    }
}
