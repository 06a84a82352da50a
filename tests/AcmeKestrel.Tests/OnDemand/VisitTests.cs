using AcmeKestrel.Certificates;
using AcmeKestrel.CommandLine;
using AcmeKestrel.CommandLine.Doctoring;
using AcmeKestrel.CommandLine.Verbs;
using AcmeKestrel.Lifecycle;
using AcmeKestrel.Lifecycle.OnDemand;
using AcmeKestrel.Storage;
using AcmeKestrel.Tests.Lifecycle;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace AcmeKestrel.Tests.OnDemand;

/// <summary>What nobody visits is not renewed, and goes; what somebody visits is asked for once more, and stays.</summary>
public sealed class VisitTests : OnDemandEdge
{
    [Fact]
    public async Task What_nobody_visits_is_not_renewed_says_so_and_is_wished_no_more_when_it_has_ended()
    {
        await using var edge = await StartAsync(Name);
        await RunAsync(edge, 70);

        var status = edge.Status(Name);
        Assert.Equal((AcmeCertificateState.Served, (DateTimeOffset?)null), (status.State, status.NextAttempt));
        Assert.Contains("nobody has visited it since", status.Reason, StringComparison.Ordinal);
        Assert.Equal(CheckOutcome.Current, CheckVerb.Check(status, Time.GetUtcNow()).Outcome);
        Assert.DoesNotContain(WishLook.Look([status], Time.GetUtcNow()), finding => finding.Level is not FindingLevel.Ok);
        Assert.Single(Ca.NewOrders);
        Assert.Single(Log.Lines, line => line.StartsWith("766 ", StringComparison.Ordinal));
        Assert.Equal(HealthStatus.Healthy, (await CheckAsync(edge)).Status);

        await RunAsync(edge, 21);
        Assert.Empty(Names);
        Assert.Single(Log.Lines, line => line.StartsWith("765 ", StringComparison.Ordinal));
        Assert.Null(edge.Get<Labels>().WishOf(Name));
        Assert.Single(Ca.NewOrders);
        Assert.Equal(2, Written);
    }

    /// <summary>Whoever comes for it then must wait for another one.</summary>
    [Fact]
    public async Task What_nobody_visited_and_has_ended_is_not_said_to_be_served()
    {
        await using var edge = await StartAsync(Name);
        await edge.RunAsync(TimeSpan.FromDays(91));

        edge.Wake([Name]);
        Assert.Equal(AcmeCertificateState.Held, (await edge.SettleAsync(Name)).State);
    }

    [Fact]
    public async Task What_is_visited_is_renewed_and_costs_one_question_and_one_record_for_each_certificate()
    {
        await using var edge = await StartAsync(Name);
        for (var day = 0; day < 150; day++)
        {
            Visits.Marked.Add(Name);
            await RunAsync(edge, 1);
        }

        Assert.Equal(AcmeCertificateState.Served, edge.Status(Name).State);
        Assert.Equal(3, Ca.NewOrders.Count);
        Assert.Equal(1 + 3, Written);
        Assert.Equal(3, Asked.Count);
    }

    /// <summary>Whom it was ordered for, and scanners that read of it in the CAs' logs, come at once.</summary>
    [Fact]
    public async Task Visits_in_the_first_days_alone_are_no_reason_to_renew()
    {
        await using var edge = await StartAsync(Name);
        for (var day = 0; day < 5; day++)
        {
            Visits.Marked.Add(Name);
            await RunAsync(edge, 1);
        }

        await RunAsync(edge, 60);

        Assert.Contains("nobody has visited it since", edge.Status(Name).Reason, StringComparison.Ordinal);
        Assert.Equal(1, Written);
    }

    [Fact]
    public async Task One_that_was_not_renewed_is_when_somebody_comes_before_its_end()
    {
        await using var edge = await StartAsync(Name);
        await RunAsync(edge, 70);

        Visits.Marked.Add(Name);
        await KeepAsync(edge);
        await edge.RunAsync(TimeSpan.FromMinutes(1));

        Assert.Equal((AcmeCertificateState.Served, 2), (edge.Status(Name).State, Ca.NewOrders.Count));
    }

    [Fact]
    public async Task One_that_went_is_asked_for_like_any_other_when_somebody_comes()
    {
        await using var edge = await StartAsync(Name);
        await RunAsync(edge, 95);
        Assert.Empty(Names);

        Assert.Null(await edge.Get<OnDemandRegister>().WishAsync(Name, Token));
        await edge.RunAsync(TimeSpan.FromMinutes(1));

        Assert.Equal((AcmeCertificateState.Served, 2), (edge.Status(Name).State, Ca.NewOrders.Count));
    }

    [Fact]
    public async Task What_is_not_allowed_any_more_goes_with_its_next_visitor_and_is_served_until_its_end()
    {
        await using var edge = await StartAsync(Name);
        await RunAsync(edge, 10);
        Permission = _ => false;
        Visits.Marked.Add(Name);

        await RunAsync(edge, 1);

        Assert.Empty(Names);
        Assert.Contains(Log.Lines, line => line.StartsWith("765 ", StringComparison.Ordinal) && line.Contains("not allowed any more", StringComparison.Ordinal));
        Assert.True(edge.Published.Current.ContainsKey(Name));
        await RunAsync(edge, 60);
        Assert.Single(Ca.NewOrders);
    }

    /// <summary>A database that is away for an hour costs no customer.</summary>
    [Fact]
    public async Task Where_nobody_can_say_what_was_allowed_stays_and_is_asked_for_at_the_next_look()
    {
        await using var edge = await StartAsync(Name);
        await RunAsync(edge, 10);
        Permission = _ => throw new InvalidOperationException("the database is away");
        Visits.Marked.Add(Name);
        await KeepAsync(edge);
        Assert.Equal([Name], Names);
        Assert.Equal(1, Written);

        Permission = _ => true;
        await KeepAsync(edge);

        Assert.Equal(2, Written);
    }

    [Fact]
    public async Task An_operator_who_wants_one_renewed_gets_it_renewed()
    {
        await using var edge = await StartAsync(Name);
        await RunAsync(edge, 70);

        var renewing = edge.Get<LabelDesk>().RenewAsync(Name, Token);
        while (!renewing.IsCompleted) await edge.RunAsync(TimeSpan.FromSeconds(1));

        Assert.Equal((AcmeCertificateState.Served, 2), ((await renewing)!.State, Ca.NewOrders.Count));
    }

    [Fact]
    public async Task A_name_that_gets_no_certificate_goes_a_day_after_its_last_visitor()
    {
        await using var edge = await StartAsync();
        edge.Reach = (_, _) => "nobody is there";
        Assert.Null(await edge.Get<OnDemandRegister>().WishAsync(Name, Token));
        for (var hour = 0; hour < 30; hour++)
        {
            edge.Get<OnDemandWishes>().Miss(Name);
            await edge.RunAsync(TimeSpan.FromHours(1));
            await KeepAsync(edge);
        }

        Assert.Equal([Name], Names);
        Assert.InRange(Written, 2, 6);

        await edge.RunAsync(TimeSpan.FromHours(25));
        await KeepOnAsync(edge);
        Assert.Empty(Names);
    }

    [Fact]
    public async Task So_many_names_are_new_in_an_hour_across_restarts_and_the_others_come_later()
    {
        Settings.OnDemand = Settings.OnDemand! with { NewNames = new RateLimit(2, TimeSpan.FromHours(1)) };
        await using (var first = await StartAsync())
        {
            Assert.Null(await first.Get<OnDemandRegister>().WishAsync("a.customer.test", Token));
            Assert.Null(await first.Get<OnDemandRegister>().WishAsync("b.customer.test", Token));
        }

        await using var edge = await StartAsync();
        Assert.Null(await edge.Get<OnDemandRegister>().WishAsync("b.customer.test", Token));
        var refusal = await edge.Get<OnDemandRegister>().WishAsync("c.customer.test", Token);
        Assert.Equal(Time.GetUtcNow().AddHours(1), refusal!.Value.Until);

        await edge.RunAsync(TimeSpan.FromHours(1));
        Assert.Null(await edge.Get<OnDemandRegister>().WishAsync("c.customer.test", Token));
    }

    [Fact]
    public async Task Forgotten_by_the_application_it_is_wished_no_more()
    {
        await using var edge = await StartAsync(Name);

        Assert.True(await edge.Get<LabelDesk>().ForgetAsync(Name, Token));

        Assert.Empty(Names);
        Assert.False(await edge.Get<LabelDesk>().ForgetAsync(Name, Token));
    }

    [Fact]
    public async Task What_somebody_else_wishes_is_put_on_record_for_no_visitor()
    {
        await using var edge = await StartAsync();
        var ensuring = edge.Get<LabelDesk>().EnsureAsync("theirs", new AcmeCertificateRequest([Name]), [AcmeIdentifier.Parse(Name)], Token);
        while (!ensuring.IsCompleted) await edge.RunAsync(TimeSpan.FromSeconds(1));

        Assert.Null(await edge.Get<OnDemandRegister>().WishAsync(Name, Token));

        Assert.Empty(Names);
    }

    [Fact]
    public async Task A_damaged_record_is_told_and_in_nobodys_way()
    {
        await using (var first = await StartAsync(Name)) Assert.Null(await first.Get<OnDemandRegister>().WishAsync("other.customer.test", Token));
        Store.Damage(new RecordKey(RecordKind.OnDemand, "other.customer.test"), "name.json");

        await using var edge = await StartAsync();
        await KeepAsync(edge);

        Assert.NotNull(edge.Get<Labels>().WishOf(Name));
        Assert.Contains(Log.Lines, line => line.Contains("a visitor of 'other.customer.test'", StringComparison.Ordinal));
    }
}
