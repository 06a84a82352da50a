using AcmeKestrel.Certificates;
using AcmeKestrel.Configuration;
using AcmeKestrel.Lifecycle;
using AcmeKestrel.Lifecycle.Limits;
using AcmeKestrel.Lifecycle.Planning;
using AcmeKestrel.Lifecycle.Planning.Renewals;
using AcmeKestrel.Lifecycle.Planning.Revocations;
using AcmeKestrel.Lifecycle.State;
using AcmeKestrel.Protocol;
using AcmeKestrel.Storage;

namespace AcmeKestrel.Tests.Lifecycle.Planning;

/// <summary>Every answer to "why does nothing happen", and every reason to order, from values alone.</summary>
public sealed class DecisionTests : ShopSituations
{
    /// <summary>A new label, one with an order in flight, and what keeps each from going on.</summary>
    private static readonly (ObstacleKind Kind, Situation Situation, DateTimeOffset? Until)[] Waiting =
    [
        (ObstacleKind.Disabled, New with { Gate = new Obstacle(ObstacleKind.Disabled, "Acme:Enabled is false") }, null),
        (ObstacleKind.Starting, New with { Gate = new Obstacle(ObstacleKind.Starting, "the server has not started yet") }, null),
        (ObstacleKind.Idle, New with { Gate = Closed }, null),
        (ObstacleKind.Idle, New with { Order = Order, Gate = Closed }, null),
        (ObstacleKind.StateNotHeld, New with { Gate = new Obstacle(ObstacleKind.StateNotHeld, "a server already runs on this state") }, null),
        (ObstacleKind.StateBeingRead, New with { Gate = new Obstacle(ObstacleKind.StateBeingRead, "the state is being read") }, null),
        (ObstacleKind.StoreUnavailable, With(Candidate with { Unusable = new Obstacle(ObstacleKind.StoreUnavailable, "the disk is gone", Now.AddMinutes(1)) }), Now.AddMinutes(1)),
        (ObstacleKind.RecordDamaged, New with { Damage = new RecordFault("certs/shop.test: privkey is missing", MayPass: false) }, Now.AddMinutes(5)),
        (ObstacleKind.RecordDamaged, With(Candidate with { Unusable = new Obstacle(ObstacleKind.RecordDamaged, "ledger.json is damaged", Now.AddMinutes(5)) }), Now.AddMinutes(5)),
        (ObstacleKind.ProviderUnknown, New with { Candidates = [] }, null),
        (ObstacleKind.SettingUnusable, With(Candidate with { Unusable = new Obstacle(ObstacleKind.SettingUnusable, "Acme:Providers:test:TrustedRootsFile: no such file", Now.AddMinutes(5)) }), Now.AddMinutes(5)),
        (ObstacleKind.AccountUnusable, With(Candidate with { Unusable = new Obstacle(ObstacleKind.AccountUnusable, "the terms of service", Now.AddDays(1)) }), Now.AddDays(1)),
        (ObstacleKind.AccountUnusable, Flying(Order with { At = Candidate with { Unusable = new Obstacle(ObstacleKind.AccountUnusable, "the terms of service", Now.AddDays(1)) } }), Now.AddDays(1)),
        (ObstacleKind.AccountBusy, With(Candidate with { AccountClosing = "its key is being changed" }), null),
        (ObstacleKind.AccountBusy, Flying(Order with { IsIntent = true, At = Candidate with { AccountClosing = "its key is being changed" } }), null),
        (ObstacleKind.AccountBusy, Flying(Order with { At = Candidate with { AccountClosing = "its key is being changed", IsAccountClosed = true } }), null),
        (ObstacleKind.HumanNeeded, New with { Schedule = Schedule(Now.AddHours(20)) with { NeedsHuman = true } }, Now.AddHours(20)),
        (ObstacleKind.OperatorHold, New with { Schedule = new Schedule { Hold = new Hold(Now.AddDays(-1), "moving to another CA") } }, null),
        (ObstacleKind.OperatorHold, Served with { IsForced = true, IsRenewalAsked = true, Schedule = new Schedule { Hold = new Hold(Now.AddDays(-1), null) } }, null),
        (ObstacleKind.HookVeto, New with { Certificate = Certificate with { NotBefore = Now.AddDays(-61), NotAfter = Now.AddDays(29) }, Schedule = new Schedule { Veto = new HookVeto("code.window", "not on Fridays", Now.AddHours(-1)) } }, Now.AddHours(11)),
        (ObstacleKind.NotVisited, New with { Wish = New.Wish! with { VisitedAt = Now.AddDays(-61) }, Certificate = Certificate with { NotBefore = Now.AddDays(-61), NotAfter = Now.AddDays(29) } }, null),
        (ObstacleKind.Backoff, New with { Schedule = Schedule(Now.AddMinutes(10)) }, Now.AddMinutes(10)),
        (ObstacleKind.RetryAfter, Flying(Order with { NotBefore = Now.AddHours(2) }), Now.AddHours(2)),
        (ObstacleKind.RetryAfter, New with { Schedule = new Schedule { AskedWaits = [new AskedWait(Provider.DirectoryUrl, "OPS@example.test", Now.AddHours(2))] } }, Now.AddHours(2)),
        (ObstacleKind.LimitReached, With(Spent(Now)), Now.AddHours(3)),
        (ObstacleKind.ProviderPaused, With(Trouble(Now.AddMinutes(4))), Now.AddMinutes(4)),
        (ObstacleKind.ProviderPaused, Flying(Order with { At = Trouble(Now.AddMinutes(4)) }), Now.AddMinutes(4)),
        (ObstacleKind.ProbeUnderWay, With(Trouble(Now) with { Probe = "other.test" }), Now.AddMinutes(2)),
        (ObstacleKind.ProbeUnderWay, Flying(Order with { At = Trouble(Now) with { Probe = "other.test" } }), Now.AddMinutes(2)),
        (ObstacleKind.CaTooSlow, New with { Candidates = [Candidate, new Candidate(Second, AccountName.Of(Second, Wish.Email))], Schedule = new Schedule { WishPrint = WishPrint.Of(Wish, Provider), SlowCas = [Slow(Provider, 20), Slow(Second, 30)] } }, Now.AddMinutes(20)),
        (ObstacleKind.CaAtWork, Flying(Order with { NextLook = Now.AddSeconds(10) }), Now.AddSeconds(10)),
    ];

    private static readonly (IssueReasonKind Kind, Situation Situation)[] Needs =
    [
        (IssueReasonKind.NoCertificate, New),
        (IssueReasonKind.OtherCa, New with { Certificate = Certificate with { Ca = Second.Ca } }),
        (IssueReasonKind.OtherKeyType, New with { Certificate = Certificate with { KeyType = AcmeKeyType.Rsa2048 } }),
        (IssueReasonKind.OtherProfile, Served with { Wish = Wish with { Profile = "shortlived" } }),
        (IssueReasonKind.NameMissing, New with { Certificate = Certificate with { Names = new SubjectNameSet(["shop.test"]) } }),
        (IssueReasonKind.Expired, New with { Certificate = Certificate with { NotBefore = Now.AddDays(-90), NotAfter = Now } }),
        (IssueReasonKind.Revoked, Served with { Revocation = new Revocation(Now, AcmeRevocationReason.Superseded, ["g"]) }),
        (IssueReasonKind.RenewalDue, New with { Certificate = Certificate with { NotBefore = Now.AddDays(-61), NotAfter = Now.AddDays(29) } }),
        (IssueReasonKind.RenewalHurried, Served with { Schedule = new Schedule { Renewal = new RenewalHint("g", Now.AddHours(6)) { Window = new RenewalWindow(Now.AddDays(-2), Now.AddDays(-1), Now.AddDays(-2), null) } } }),
        (IssueReasonKind.Asked, Served with { IsRenewalAsked = true }),
    ];

    private static SlowCa Slow(Provider provider, int minutes) => new(provider.DirectoryUrl, Now.AddHours(-6), Now.AddHours(-1), Now.AddMinutes(minutes));

    public static TheoryData<int> WaitingCases => [.. Enumerable.Range(0, Waiting.Length)];

    public static TheoryData<string> NeedCases => [.. Needs.Select(need => need.Kind.ToString())];

    [Theory]
    [MemberData(nameof(WaitingCases))]
    public void What_stands_in_the_way_is_told_with_its_kind_a_sentence_and_when_to_look_again(int number)
    {
        var (kind, situation, until) = Waiting[number];

        var obstacle = Assert.IsType<Decision.Wait>(Planner.Decide(situation, Now)).Obstacle;

        Assert.Equal((kind, until), (obstacle.Kind, obstacle.Until));
        Assert.False(string.IsNullOrWhiteSpace(obstacle.Reason));
    }

    /// <summary>The cases above are these two with one thing more.</summary>
    [Fact]
    public void Without_an_obstacle_a_new_label_is_ordered_and_an_order_in_flight_goes_on()
    {
        Assert.IsType<Decision.Issue>(Planner.Decide(New, Now));
        Assert.Equal(new Decision.Continue(Provider), Planner.Decide(New with { Order = Order }, Now));
    }

    [Theory]
    [MemberData(nameof(NeedCases))]
    public void A_certificate_is_ordered_for_a_reason(string kind)
    {
        var need = Needs.Single(need => need.Kind.ToString() == kind);

        var issue = Assert.IsType<Decision.Issue>(Planner.Decide(need.Situation, Now));

        Assert.Equal((need.Kind, Provider), (issue.Because.Kind, issue.Provider));
    }

    [Fact]
    public void Every_reason_has_a_case()
    {
        // These come of what was tried, not of what was known before.
        ObstacleKind[] met = [ObstacleKind.CaUnreachable, ObstacleKind.Unexpected];

        Assert.Equal(Enum.GetValues<ObstacleKind>().ToHashSet(), Waiting.Select(waiting => waiting.Kind).Concat(met).ToHashSet());
        Assert.Equal(Enum.GetValues<IssueReasonKind>(), Needs.Select(need => need.Kind).Order());
    }

    /// <summary>Generation <c>f</c> was before the present one.</summary>
    [Theory]
    [InlineData("f", AcmeRevocationReason.Superseded, 0, true)]
    [InlineData("g", AcmeRevocationReason.Superseded, 1000, false)]
    [InlineData("g", AcmeRevocationReason.KeyCompromise, 23, false)]
    [InlineData("g", AcmeRevocationReason.KeyCompromise, 24, true)]
    public void What_is_to_be_revoked_is_replaced_first_and_a_compromised_key_waits_for_a_day_at_most(string generation, AcmeRevocationReason reason, int hours, bool isAsked)
    {
        var revocation = new Revocation(Now.AddHours(-hours), reason, [generation]);

        Assert.Equal(isAsked, Planner.Decide(Served with { Revocation = revocation }, Now) is Decision.Revoke);
        Assert.IsNotType<Decision.Revoke>(Planner.Decide(Served with { Revocation = revocation, Gate = Closed }, Now));
        Assert.IsNotType<Decision.Revoke>(Planner.Decide(Served with { Revocation = revocation with { NextAttempt = Now.AddHours(1) } }, Now));
        Assert.IsType<Decision.Revoke>(Planner.Decide(Served with { Wish = null, Revocation = revocation }, Now));
        Assert.Equal(isAsked, Planner.Decide(Served with { Wish = null, Keep = null, Revocation = revocation }, Now) is Decision.Revoke);
    }

    [Theory]
    [InlineData(true, false, false, true)]
    [InlineData(true, true, false, false)]
    [InlineData(true, false, true, false)]
    [InlineData(false, false, false, false)]
    public void A_key_is_used_again_where_that_is_wished_and_nobody_else_may_have_it(bool isWished, bool isCompromised, bool isWindowOver, bool isReused)
    {
        var situation = Served with
        {
            Wish = Wish with { ReuseKey = isWished },
            IsRenewalAsked = true,
            Revocation = isCompromised ? new Revocation(Now, AcmeRevocationReason.KeyCompromise, ["g"]) : null,
            Schedule = isWindowOver ? new Schedule { Renewal = new RenewalHint("g", Now.AddHours(6)) { Window = new RenewalWindow(Now.AddDays(-2), Now.AddDays(-1), Now.AddDays(-2), null) } } : new Schedule(),
        };

        Assert.Equal(isReused, Assert.IsType<Decision.Issue>(Planner.Decide(situation, Now)).ReusesKey);
        Assert.False(Assert.IsType<Decision.Issue>(Planner.Decide(situation with { Certificate = Certificate with { KeyType = AcmeKeyType.Rsa2048 } }, Now)).ReusesKey);
    }

    [Fact]
    public void What_is_to_be_revoked_is_not_gone_back_to_whichever_of_its_copies_it_is()
    {
        var copy = Certificate with { Generation = "20261120T120000Z-aaaaaaaa" };

        Assert.Null(RollBack.FaultOf(Served, Wish, copy, new Schedule(), Now));
        Assert.Equal("it is revoked", RollBack.FaultOf(Served with { Revocation = new Revocation(Now, AcmeRevocationReason.Superseded, ["20261123T120000Z-aaaaaaaa"]) }, Wish, copy, new Schedule(), Now));
        Assert.Equal("it is revoked", RollBack.FaultOf(Served, Wish, copy, new Schedule { Revoked = ["aaaaaaaa"] }, Now));
    }

    [Fact]
    public void A_satisfied_wish_is_served_whatever_stands_in_the_way_of_orders()
    {
        var troubled = Spent(Now) with { Unusable = new Obstacle(ObstacleKind.RecordDamaged, "ledger.json is damaged", Now.AddMinutes(5)) };

        Assert.IsType<Decision.Serve>(Planner.Decide(Served with { Candidates = [troubled] }, Now));
        Assert.IsType<Decision.Serve>(Planner.Decide(Served with { Gate = Closed }, Now));
    }

    [Fact]
    public void Its_ca_is_asked_about_the_renewal_unless_the_gate_is_closed_or_the_setting_says_no()
    {
        var asking = Served with { Certificate = Certificate with { RenewalId = "id" } };

        Assert.True(Assert.IsType<Decision.Serve>(Planner.Decide(asking, Now)).IsAsking);
        Assert.Null(Assert.IsType<Decision.Serve>(Planner.Decide(asking with { Gate = Closed }, Now)).AskAt);
        Assert.Null(Assert.IsType<Decision.Serve>(Planner.Decide(asking with { Renewal = asking.Renewal with { Ari = false } }, Now)).AskAt);
    }

    [Fact]
    public void What_is_forced_skips_the_ladder_and_nothing_else()
    {
        Assert.IsType<Decision.Issue>(Planner.Decide(New with { IsForced = true, Schedule = Schedule(Now.AddMinutes(10)) }, Now));

        // A hook that did not want the order before is asked again, a CA that was too slow too, and who asks for it stands for a visitor.
        Assert.All(
            Waiting.Where(waiting => waiting.Kind is not (ObstacleKind.Backoff or ObstacleKind.HumanNeeded or ObstacleKind.CaTooSlow or ObstacleKind.HookVeto or ObstacleKind.NotVisited)),
            waiting => Assert.Equal(waiting.Kind, Assert.IsType<Decision.Wait>(Planner.Decide(waiting.Situation with { IsForced = true }, Now)).Obstacle.Kind));
    }

    [Fact]
    public void An_order_for_another_wish_is_given_up_unless_it_may_have_been_issued()
    {
        var other = Order with { Purpose = new OrderPurpose("another") };

        Assert.Equal(new Decision.Abandon(Provider), Planner.Decide(New with { Order = other }, Now));
        Assert.Equal(new Decision.Continue(Provider), Planner.Decide(New with { Order = other with { IsCommitted = true } }, Now));
    }

    [Fact]
    public void An_order_whose_end_is_counted_or_whose_ca_is_gone_is_given_up()
    {
        Assert.Equal(new Decision.Abandon(Provider), Planner.Decide(New with { Order = Order, Schedule = new Schedule { LastOrder = "id" } }, Now));
        Assert.Equal(new Decision.Abandon(null), Planner.Decide(New with { Order = Order with { At = null } }, Now));
    }

    [Fact]
    public void An_order_whose_certificate_is_the_present_one_is_finished() =>
        Assert.Equal(new Decision.Finish(Provider), Planner.Decide(Served with { Order = Order with { Generation = "g", IsCommitted = true } }, Now));

    [Fact]
    public void An_order_for_what_another_label_wishes_by_now_goes_on_until_it_is_held()
    {
        var another = Flying(Order) with { Wish = Wishes.Of("shop.test", ["other.test"]), Heirs = ["heir.test"] };
        var order = another.Order!;

        Assert.Equal(new Decision.Continue(Provider), Planner.Decide(another, Now));
        Assert.Equal(new Decision.Continue(Provider), Planner.Decide(another with { Candidates = [] }, Now));
        Assert.Equal(Now.AddSeconds(10), Planner.Decide(another with { Order = order with { NextLook = Now.AddSeconds(10) } }, Now).LookAt);
        Assert.Equal(new Decision.Abandon(Provider), Planner.Decide(another with { Order = order with { NotBefore = Now.AddHours(2) } }, Now));
        Assert.Equal(new Decision.Abandon(Provider), Planner.Decide(another with { Heirs = [] }, Now));
        Assert.Equal(Now.AddHours(2), Planner.Decide(another with { Order = order with { NotBefore = Now.AddHours(2), IsCommitted = true } }, Now).LookAt);
    }

    [Fact]
    public void What_is_not_wished_rests_and_its_order_is_given_up_unless_it_may_have_been_issued()
    {
        var unwished = Served with { Wish = null };

        Assert.Equal(new Decision.Rest(unwished.Certificate!.NotAfter + AcmeSettings.DefaultKeep), Planner.Decide(unwished, Now));
        Assert.Equal(new Decision.Rest(), Planner.Decide(unwished with { Gate = Closed }, Now));
        Assert.Equal(new Decision.Rest(), Planner.Decide(unwished with { Damage = new RecordFault("damaged", MayPass: false) }, Now));
        Assert.Equal(new Decision.Forget(), Planner.Decide(unwished, unwished.Certificate!.NotAfter + AcmeSettings.DefaultKeep));
        Assert.Equal(new Decision.Rest(), Planner.Decide(unwished with { Keep = null }, unwished.Certificate!.NotAfter + AcmeSettings.DefaultKeep));
        Assert.Equal(new Decision.Forget(), Planner.Decide(unwished with { Certificate = null }, Now));
        Assert.Equal(new Decision.Abandon(Provider), Planner.Decide(unwished with { Order = Order }, Now));
        Assert.Equal(new Decision.Continue(Provider), Planner.Decide(unwished with { Order = Order with { IsCommitted = true } }, Now));
        Assert.Equal(new Decision.Finish(Provider), Planner.Decide(unwished with { Order = Order with { IsCommitted = true, Generation = "g" } }, Now));
        Assert.Equal(new Decision.Rest(), Planner.Decide(unwished with { Order = Order with { IsCommitted = true, At = null } }, Now));
        Assert.Equal(new Decision.Rest(), Planner.Decide(unwished with { Order = Order, Gate = Closed }, Now));
    }

    [Fact]
    public void Who_is_behind_waits_for_its_turn_whatever_is_left()
    {
        var behind = new Candidate(Provider with { Limits = ProviderLimits.Usual }, Candidate.Account) { Behind = ["orders|ops@example.test"] };

        var waiting = Assert.IsType<Decision.Wait>(Planner.Decide(New with { Certificate = Aged(70), Candidates = [behind] }, Now)).Obstacle;
        Assert.Equal((ObstacleKind.LimitReached, "orders|ops@example.test"), (waiting.Kind, waiting.Line));
        Assert.IsType<Decision.Issue>(Planner.Decide(New with { Certificate = Aged(70), Candidates = [behind with { Behind = ["orders|other@example.test", "first"] }] }, Now));
        Assert.IsType<Decision.Issue>(Planner.Decide(New with { Certificate = Aged(70), Candidates = [behind with { Provider = Provider }] }, Now));
    }

    [Fact]
    public void A_wait_that_a_ca_asked_for_binds_the_account_and_no_other_one()
    {
        var asked = New with { Schedule = new Schedule { AskedWaits = [new AskedWait(Provider.DirectoryUrl, Wish.Email, Now.AddHours(2))] } };
        var (otherMail, otherCa) = (Candidate with { Account = AccountName.Of(Provider, "other@example.test") }, new Candidate(Second, AccountName.Of(Second, Wish.Email)));

        Assert.IsType<Decision.Wait>(Planner.Decide(asked, Now));
        Assert.IsType<Decision.Issue>(Planner.Decide(asked with { Candidates = [otherMail] }, Now));
        Assert.IsType<Decision.Issue>(Planner.Decide(asked with { Candidates = [otherCa] }, Now));
        Assert.IsType<Decision.Issue>(Planner.Decide(asked, Now.AddHours(2)));
    }

    [Fact]
    public void Whoever_waits_for_an_outcome_waits_on_for_what_passes_in_a_moment()
    {
        ObstacleKind[] brief = [ObstacleKind.Starting, ObstacleKind.StateBeingRead, ObstacleKind.CaAtWork];

        Assert.All(Enum.GetValues<ObstacleKind>(), kind => Assert.Equal(!brief.Contains(kind), new Decision.Wait(new Obstacle(kind, "a reason")).IsSettled));
    }

    /// <summary>What is met on the way, by the exception it comes as.</summary>
    [Fact]
    public void An_obstacle_that_was_met_on_the_way_says_what_it_is()
    {
        var held = new Obstacle(ObstacleKind.AccountUnusable, "the terms", Now.AddDays(1));
        (Exception Met, ObstacleKind Kind, TimeSpan Wait)[] cases =
        [
            (new HeldException(held), ObstacleKind.AccountUnusable, TimeSpan.FromDays(1)),
            (new HeldException(held with { Until = null }), ObstacleKind.AccountUnusable, TimeSpan.FromMinutes(5)),
            (new DamagedRecordException("order.json is damaged"), ObstacleKind.RecordDamaged, TimeSpan.FromMinutes(5)),
            (new StoreUnavailableException("the disk is full"), ObstacleKind.StoreUnavailable, TimeSpan.FromMinutes(1)),
            (new AcmeException(AcmeFault.Connection, "no answer", retryAfter: TimeSpan.FromHours(1)), ObstacleKind.CaUnreachable, TimeSpan.FromHours(1)),
            (new AcmeException(AcmeFault.Connection, "no answer", retryAfter: TimeSpan.Zero), ObstacleKind.CaUnreachable, TimeSpan.FromMinutes(5)),
            (new InvalidOperationException("a defect"), ObstacleKind.Unexpected, TimeSpan.FromMinutes(5)),
        ];

        Assert.All(cases, met => Assert.Equal((met.Kind, Now + met.Wait), (ExceptionObstacles.Of(met.Met, Now).Kind, ExceptionObstacles.Of(met.Met, Now).Until)));
        Assert.Null(ExceptionObstacles.Of(new HeldException(ObstacleKind.StateBeingRead, "the state is being read"), Now).Until);
    }
}
