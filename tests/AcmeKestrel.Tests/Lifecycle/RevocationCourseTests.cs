using AcmeKestrel.Certificates;
using AcmeKestrel.Lifecycle;
using AcmeKestrel.Lifecycle.Planning.Revocations;
using AcmeKestrel.Lifecycle.State;
using AcmeKestrel.Lifecycle.Telling;
using AcmeKestrel.LocalCa;
using AcmeKestrel.Storage;

namespace AcmeKestrel.Tests.Lifecycle;

/// <summary>How a revocation goes on where something else happens to its label, to the CA or to what is asked for meanwhile.</summary>
public sealed class RevocationCourseTests : RevocationScene
{
    [Fact]
    public async Task What_was_found_to_be_revoked_after_it_was_replaced_needs_nothing()
    {
        await World.SeedAsync();
        await using var edge = await World.StartAsync(Wishes.Of(Shop));
        var first = edge.Published.Current[Shop];
        await RenewAsync(edge);
        var second = edge.Published.Current[Shop];

        await FindAsync(edge, first.Id, AcmeRevocationReason.Superseded);

        Assert.Equal((second.Id, 2), (edge.Published.Current[Shop].Id, Stored.Count));
        Assert.Empty(edge.Events.All.OfType<LabelEvent.RevocationBegun>());
    }

    [Fact]
    public async Task What_turns_out_to_be_a_compromise_while_it_waits_is_one()
    {
        await World.SeedAsync();
        await using var edge = await World.StartAsync(Wishes.Of(Shop) with { ReuseKey = true });
        var first = edge.Published.Current[Shop];
        FailValidations();
        await RevokeAsync(edge, AcmeRevocationReason.Superseded);
        Assert.Equal(AcmeRevocationReason.Superseded, edge.Status(Shop).Revocation!.Reason);

        await RevokeAsync(edge, AcmeRevocationReason.KeyCompromise);
        Assert.Equal(AcmeRevocationReason.KeyCompromise, edge.Status(Shop).Revocation!.Reason);
        await ReplaceAsync(edge);

        Assert.Equal(1, StatusOf(first).Reason);
        Assert.False(HaveOneKey(first, edge.Published.Current[Shop]));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task What_the_ca_has_revoked_it_is_not_asked_for_and_the_worse_reason_stays(bool isFoundLater)
    {
        await World.SeedAsync();
        await using var edge = await World.StartAsync(Wishes.Of(Shop) with { ReuseKey = true });
        var first = edge.Published.Current[Shop];
        FailValidations();
        if (isFoundLater) await RevokeAsync(edge, AcmeRevocationReason.Superseded);
        await FindAsync(edge, first.Id, isFoundLater ? AcmeRevocationReason.KeyCompromise : AcmeRevocationReason.Superseded);
        if (!isFoundLater) await RevokeAsync(edge, AcmeRevocationReason.KeyCompromise);

        Assert.Equal((AcmeRevocationReason.KeyCompromise, true), (edge.Status(Shop).Revocation!.Reason, edge.Status(Shop).Revocation!.IsRevoked));
        await ReplaceAsync(edge);

        Assert.Equal(0, Revocations);
        Assert.False(HaveOneKey(first, edge.Published.Current[Shop]));
        Assert.Empty(World.Store.All(RecordKind.Revocation));
    }

    [Fact]
    public async Task Asked_for_again_it_is_begun_and_told_once()
    {
        await World.SeedAsync();
        await using var edge = await World.StartAsync(Wishes.Of(Shop));
        Refuse(_ => true);

        for (var time = 0; time < 3; time++) await RevokeAsync(edge, AcmeRevocationReason.Superseded);

        Assert.Equal(3, Revocations);
        Assert.Single(edge.Events.All.OfType<LabelEvent.RevocationBegun>());
    }

    [Fact]
    public async Task A_compromise_concerns_what_has_not_expired()
    {
        await World.SeedAsync();
        await using var edge = await World.StartAsync(Wishes.Of(Shop));
        await edge.RunAsync(TimeSpan.FromDays(95));
        Assert.Equal(2, Stored.Count);

        await RevokeAsync(edge, AcmeRevocationReason.KeyCompromise);

        Assert.Equal([Stored[1].Id], Assert.Single(edge.Events.All.OfType<LabelEvent.RevocationBegun>()).Revocation.Generations);
        Assert.Equal(1, Revocations);
    }

    [Fact]
    public async Task After_a_compromise_none_of_its_certificates_is_gone_back_to()
    {
        await World.SeedAsync();
        await using var edge = await World.StartAsync(Wishes.Of(Shop));
        await RenewAsync(edge);
        await RevokeAsync(edge, AcmeRevocationReason.KeyCompromise);
        var third = edge.Published.Current[Shop];
        Assert.Equal(3, Stored.Count);

        Assert.Contains("it is revoked", (await RollBackAsync(edge))!.Problem, StringComparison.Ordinal);

        Assert.Equal(third.Id, edge.Published.Current[Shop].Id);
    }

    [Fact]
    public async Task What_is_to_be_revoked_yet_is_not_gone_back_to_and_is_kept_whatever_is()
    {
        await World.SeedAsync();
        await using var edge = await World.StartAsync(Wishes.Of(Shop));
        var first = edge.Published.Current[Shop];
        Refuse(_ => true);
        await RevokeAsync(edge, AcmeRevocationReason.Superseded);
        Assert.Contains("it is revoked", (await RollBackAsync(edge))!.Problem, StringComparison.Ordinal);

        for (var renewal = 0; renewal < 3; renewal++) await RenewAsync(edge);
        Assert.True((await RollBackAsync(edge))!.IsRolledBack);
        Assert.Contains(Stored, stored => stored.Id == first.Id);

        Refuse(_ => false);
        await edge.RunAsync(TimeSpan.FromDays(1.2));
        Assert.Equal(4, StatusOf(first).Reason);
    }

    [Fact]
    public async Task What_is_to_be_revoked_yet_is_kept_when_another_labels_certificate_is_taken_over()
    {
        await World.SeedAsync();
        var names = new[] { Shop, "www.shop.test" };
        await using var edge = await World.StartAsync(Wishes.Of(Shop), Wishes.Of("other.test", names));
        await edge.RunAsync(TimeSpan.FromMinutes(1));
        var first = edge.Published.Current[Shop];
        Refuse(_ => true);
        await RevokeAsync(edge, AcmeRevocationReason.Superseded);
        await RenewAsync(edge);

        edge.Drop("other.test");
        edge.Wish(Wishes.Of(Shop, names));
        await edge.RunAsync(TimeSpan.FromMinutes(1));
        Assert.Single(edge.Events.All.OfType<LabelEvent.TakenOver>());
        Assert.Contains(Stored, stored => stored.Id == first.Id);

        Refuse(_ => false);
        await edge.RunAsync(TimeSpan.FromDays(1.2));
        Assert.Equal(4, StatusOf(first).Reason);
    }

    /// <summary>A configuration that loses a name for a moment costs no good certificate.</summary>
    [Fact]
    public async Task What_has_the_place_of_a_revoked_certificate_is_served_on_when_nobody_wishes_it_any_more()
    {
        await World.SeedAsync();
        await using var edge = await World.StartAsync(Wishes.Of(Shop));
        var first = edge.Published.Current[Shop];
        Refuse(_ => true);
        await RevokeAsync(edge, AcmeRevocationReason.Superseded);
        var second = edge.Published.Current[Shop];

        edge.Drop(Shop);
        Refuse(_ => false);
        await edge.RunAsync(TimeSpan.FromDays(1.2));

        Assert.Equal(4, StatusOf(first).Reason);
        Assert.Equal(second.Id, edge.Published.Current[Shop].Id);
        Assert.Contains(Stored, stored => stored.Id == second.Id);
        Assert.Empty(World.Store.All(RecordKind.Revocation));
    }

    /// <summary>A kill came between the replacement and the end of the record, and the name went meanwhile.</summary>
    [Fact]
    public async Task A_record_of_what_was_replaced_goes_without_what_has_its_place()
    {
        await World.SeedAsync();
        await using (var before = await World.StartAsync(Wishes.Of(Shop)))
        {
            var first = before.Published.Current[Shop].Id;
            await RenewAsync(before);
            await RevocationRecord.SaveAsync(before.Session, Shop, new Revocation(World.Time.GetUtcNow(), AcmeRevocationReason.Superseded, [first]) { Revoked = [first] }, Token);
        }

        await using var edge = await World.StartAsync();
        edge.Wake([Shop]);
        await edge.RunAsync(TimeSpan.FromMinutes(1));

        Assert.Empty(World.Store.All(RecordKind.Revocation));
        Assert.Equal((Stored[1].Id, 2), (edge.Published.Current[Shop].Id, Stored.Count));
    }

    [Fact]
    public async Task What_proved_each_of_its_names_is_given_up_once()
    {
        var validations = 0;
        World.Options.AuthorizationReuse = TimeSpan.FromDays(30);
        World.Options.Validator = (_, _) =>
        {
            validations++;
            return ValueTask.FromResult<ChallengeProblem?>(null);
        };
        await using var edge = await World.StartAsync(Wishes.Of(Shop, [Shop, "www.shop.test", "api.shop.test"]));
        await edge.SettleAsync(Shop);
        await RenewAsync(edge);
        Assert.Equal(3, validations);
        World.Requests.Clear();

        await RevokeAsync(edge, AcmeRevocationReason.KeyCompromise);
        var asked = World.Requests.SkipWhile(request => request != "revoke-cert").Count(request => request == "authorization");
        await RenewAsync(edge);

        // Both certificates came from the same three: each is looked at twice, and given up when it is looked at first.
        Assert.Equal((2, 9, 6), (Revocations, asked, validations));
    }

    /// <summary>By the CA, or another client of the account.</summary>
    private static async Task FindAsync(Edge edge, string generation, AcmeRevocationReason reason)
    {
        edge.Entry(Shop).Post(new LabelRequest { Revokes = new RevocationRequest(reason) { Found = generation } });
        edge.Wake([Shop]);
        await edge.RunAsync(TimeSpan.FromSeconds(30));
    }

    private static async Task<AcmeRollBackResult?> RollBackAsync(Edge edge)
    {
        var back = edge.Get<IAcmeCertificates>().RollBackAsync(Shop, Token);
        await edge.RunAsync(TimeSpan.FromSeconds(10));
        return await back;
    }

    private async Task ReplaceAsync(Edge edge)
    {
        World.Options.Validator = null;
        var retry = edge.Get<IAcmeCertificates>().RetryAsync(Shop, Token);
        await edge.RunAsync(TimeSpan.FromMinutes(1));
        Assert.Equal(AcmeCertificateState.Served, (await retry)!.State);
    }

    /// <summary>How long ago it was said nobody knows then. A key that somebody else has gets a day, and not the time by which the clock was wrong.</summary>
    [Fact]
    public async Task A_compromise_that_was_told_while_the_clock_was_ahead_waits_for_a_day_by_the_right_one()
    {
        await World.SeedAsync();
        await using var edge = await World.StartAsync(Wishes.Of(Shop));
        var (first, now) = (edge.Published.Current[Shop], World.Time.GetUtcNow());
        FailValidations();
        World.Time.AdjustTime(now.AddDays(20));
        await edge.RunAsync(TimeSpan.FromMinutes(1));
        await RevokeAsync(edge, AcmeRevocationReason.KeyCompromise);
        World.Time.AdjustTime(now.AddHours(1));
        edge.Wake([Shop]);

        await edge.RunAsync(TimeSpan.FromHours(22));
        Assert.Equal(0, Revocations);
        await edge.RunAsync(TimeSpan.FromHours(4));

        Assert.Equal(1, StatusOf(first).Reason);
    }

    /// <summary>Those that lie beside it may have the same key, and one that no reader thought of must not keep it from being said.</summary>
    [Fact]
    public async Task A_compromise_is_told_whatever_lies_beside_the_certificate()
    {
        await World.SeedAsync();
        await using var edge = await World.StartAsync(Wishes.Of(Shop));
        var broken = GenerationRecord.Key(Shop, edge.Published.Current[Shop].Id);
        await RenewAsync(edge);
        var present = edge.Published.Current[Shop];
        World.Store.Shown = record => record.Key == broken ? record with { Content = null! } : record;

        await RevokeAsync(edge, AcmeRevocationReason.KeyCompromise);

        Assert.Equal(1, StatusOf(present).Reason);
    }

    private void FailValidations() => World.Options.Validator = (_, _) => ValueTask.FromResult<ChallengeProblem?>(new ChallengeProblem("connection", "nobody is there"));
}
