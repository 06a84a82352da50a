using AcmeKestrel.Certificates;
using AcmeKestrel.Lifecycle.Limits;
using AcmeKestrel.Lifecycle.Planning;

namespace AcmeKestrel.Tests.Lifecycle.Planning;

/// <summary>When another CA than the wished one is asked, from values alone.</summary>
public sealed class FailoverDecisionTests : ShopSituations
{
    [Fact]
    public void Of_several_cas_the_first_that_may_be_asked_gets_the_order_and_else_the_first_says_why_not()
    {
        var second = new Candidate(Second, AccountName.Of(Second, Wish.Email));

        var failing = Trouble(Now.AddMinutes(4), faults: 3);

        Assert.Equal(Second, Assert.IsType<Decision.Issue>(Planner.Decide(New with { Candidates = [failing, second] }, Now)).Provider);
        Assert.IsType<Decision.Wait>(Planner.Decide(New with { Candidates = [Trouble(Now.AddMinutes(4), faults: 2), second] }, Now));
        Assert.Equal(Provider, Assert.IsType<Decision.Issue>(Planner.Decide(New with { Candidates = [Candidate, second] }, Now)).Provider);
        Assert.Equal(
            (Provider, ObstacleKind.ProviderPaused),
            Planner.Decide(New with { Candidates = [failing, second with { AccountClosing = "closing" }] }, Now) is Decision.Wait wait ? (wait.Provider, wait.Obstacle.Kind) : default);
    }

    /// <summary>By what stands in the way at the wished CA: whether it is the CA's doing, whether it lasts, and how much time there is.</summary>
    [Fact]
    public void Another_ca_is_asked_for_a_reason_only()
    {
        var second = new Candidate(Second, AccountName.Of(Second, Wish.Email));
        var (due, late) = (Aged(70), Aged(82));
        (Candidate At, CertificateFacts? Certificate, bool Moves)[] cases =
        [
            (Trouble(Now.AddMinutes(4), faults: 3), due, true), (Trouble(Now.AddMinutes(4)), due, false), (Trouble(Now.AddMinutes(4)), late, true),
            (Candidate with { Unusable = new Obstacle(ObstacleKind.AccountUnusable, "the terms") }, null, true),
            (Candidate with { Unusable = new Obstacle(ObstacleKind.AccountUnusable, "the terms") }, due, false),
            (Candidate with { Unusable = new Obstacle(ObstacleKind.RecordDamaged, "ledger.json") }, null, false),
            (Candidate with { Unusable = new Obstacle(ObstacleKind.RecordDamaged, "ledger.json") }, late, true),
            (Spent(Now), null, true), (Spent(Now), due, false), (Spent(Now), late, true), (Spent(Now.AddHours(-2.5)), null, false),
            (Candidate with { AccountClosing = "closing" }, late, false),
        ];

        Assert.All(cases, each => Assert.Equal(each.Moves, Planner.Decide(New with { Certificate = each.Certificate, Candidates = [each.At, second] }, Now) is Decision.Issue));
        var wait = Assert.IsType<Decision.Wait>(Planner.Decide(New with { Certificate = due, Candidates = [Spent(Now), second] }, Now));
        Assert.Equal((Now.AddHours(3), Now.AddHours(3)), (wait.Obstacle.Until, wait.LookAt));

        // Nobody announces when the account can be used again, but when the certificate is late is known.
        var held = Planner.Decide(New with { Certificate = due, Candidates = [Candidate with { Unusable = new Obstacle(ObstacleKind.AccountUnusable, "the terms") }, second] }, Now);
        Assert.Equal(due.NotAfter.AddDays(-9).AddSeconds(1), held.LookAt);
    }

    [Fact]
    public void An_order_moves_to_another_ca_unless_it_may_have_been_issued_and_there_is_time()
    {
        var failing = Trouble(Now.AddMinutes(4), faults: 3);
        var situation = New with { Candidates = [failing, new Candidate(Second, AccountName.Of(Second, Wish.Email))], Order = Order with { At = failing, BegunAt = Now.AddHours(-5) } };
        var committed = situation with { Order = situation.Order with { IsCommitted = true } };

        Assert.IsType<Decision.Abandon>(Planner.Decide(situation, Now));
        Assert.Equal(Now.AddMinutes(4), Assert.IsType<Decision.Wait>(Planner.Decide(committed, Now)).LookAt);
        Assert.IsType<Decision.Abandon>(Planner.Decide(committed with { Order = committed.Order! with { BegunAt = Now.AddHours(-7) } }, Now));
        Assert.IsType<Decision.Wait>(Planner.Decide(committed with { Certificate = Aged(70) }, Now));
        Assert.IsType<Decision.Abandon>(Planner.Decide(committed with { Certificate = Aged(82) }, Now));
        Assert.IsType<Decision.Wait>(Planner.Decide(situation with { Candidates = [failing] }, Now));
        Assert.IsType<Decision.Wait>(Planner.Decide(situation with { Candidates = [failing, situation.Candidates[1] with { AccountClosing = "closing" }] }, Now));
    }

    /// <summary>Nothing is wrong with the CA, and it may be about to issue.</summary>
    [Fact]
    public void A_ca_at_work_on_a_finalized_order_has_its_time()
    {
        var order = Order with { At = Candidate, IsCommitted = true, NextLook = Now.AddMinutes(10), LookedAt = Now, BegunAt = Now.AddHours(-5), FinalizedAt = Now.AddMinutes(-14) };
        var situation = New with { Candidates = [Candidate, new Candidate(Second, AccountName.Of(Second, Wish.Email))], Order = order };
        var (longer, late) = (order with { FinalizedAt = Now.AddMinutes(-16) }, Aged(82));

        Assert.IsType<Decision.Wait>(Planner.Decide(situation, Now));
        Assert.IsType<Decision.Abandon>(Planner.Decide(situation with { Order = order with { BegunAt = Now.AddHours(-7) } }, Now));
        Assert.IsType<Decision.Wait>(Planner.Decide(situation with { Order = order with { BegunAt = Now.AddHours(-7), IsCommitted = false } }, Now));
        Assert.IsType<Decision.Wait>(Planner.Decide(situation with { Order = longer, Certificate = Aged(70) }, Now));
        Assert.IsType<Decision.Wait>(Planner.Decide(situation with { Certificate = late }, Now));
        Assert.Equal(Now.AddMinutes(1).AddSeconds(1), Planner.Decide(situation with { Order = order with { NextLook = Now.AddDays(1) }, Certificate = late }, Now).LookAt);
        Assert.IsType<LeftOrder.TooSlow>(Assert.IsType<Decision.Abandon>(Planner.Decide(situation with { Order = longer, Certificate = late }, Now)).Left);
        Assert.IsType<Decision.Wait>(Planner.Decide(situation with { Order = longer, Certificate = late, Candidates = [Candidate] }, Now));
    }

    /// <summary>Its trouble keeps it from being asked again, and ends when it ends: it has taken no time for what it was not told to issue.</summary>
    [Fact]
    public void A_ca_that_is_left_for_its_trouble_was_not_too_slow()
    {
        var failing = Trouble(Now.AddMinutes(4), faults: 3);
        var order = Order with { At = failing, NextLook = Now.AddMinutes(10), LookedAt = Now, BegunAt = Now.AddHours(-7) };
        var situation = New with { Candidates = [failing, new Candidate(Second, AccountName.Of(Second, Wish.Email))], Order = order };

        Assert.Null(Assert.IsType<Decision.Abandon>(Planner.Decide(situation, Now)).Left);
        Assert.Null(Assert.IsType<Decision.Abandon>(Planner.Decide(situation with { Order = order with { IsCommitted = true, FinalizedAt = Now.AddMinutes(-5) }, Certificate = Aged(82) }, Now)).Left);
        Assert.IsType<LeftOrder.TooSlow>(Assert.IsType<Decision.Abandon>(Planner.Decide(situation with { Order = order with { IsCommitted = true } }, Now)).Left);
    }

    /// <summary>What a human is to do at the one says nothing of the orders that the other one forgets.</summary>
    [Fact]
    public void A_ca_that_forgets_its_orders_is_asked_less_and_less_while_a_human_is_waited_for_at_another()
    {
        var situation = New with { Candidates = [Candidate, new Candidate(Second, AccountName.Of(Second, Wish.Email))] };
        var refused = ScheduleChanges.AfterRefusal(Schedule(Now.AddDays(-1)), new EndedOrder("1", ["shop.test"]) { Account = Candidate.Account }, "visit our page first", null, Now);
        Assert.Equal(Second, Assert.IsType<Decision.Issue>(Planner.Decide(situation with { Schedule = refused }, Now)).Provider);

        var lost = ScheduleChanges.AfterLoss(refused, "shop.test", "2", "the CA has forgotten it", null, Now);

        Assert.Equal((ObstacleKind.Backoff, lost.NextAttempt), Planner.Decide(situation with { Schedule = lost }, Now) is Decision.Wait { Obstacle: var obstacle } ? (obstacle.Kind, obstacle.Until) : default);
        Assert.Equal(Second, Assert.IsType<Decision.Issue>(Planner.Decide(situation with { Schedule = lost }, lost.NextAttempt!.Value)).Provider);
    }

    [Fact]
    public void What_a_human_was_to_do_for_a_former_wish_keeps_no_ca_from_being_asked()
    {
        var situation = New with { Candidates = [Candidate, new Candidate(Second, AccountName.Of(Second, Wish.Email))] };
        var human = new HumanWait(Candidate.Provider.DirectoryUrl, Now, Now.AddHours(1), "set the record");
        var referred = (AcmeKestrel.Lifecycle.Planning.Schedule.Empty with { WishPrint = WishPrint.Of(Wish, Candidate.Provider) }).Referred(human, Now);

        Assert.Equal(Second, Assert.IsType<Decision.Issue>(Planner.Decide(situation with { Schedule = referred }, Now)).Provider);
        Assert.Equal(Candidate.Provider, Assert.IsType<Decision.Issue>(Planner.Decide(situation with { Schedule = referred with { WishPrint = "another wish" } }, Now)).Provider);
    }

    [Fact]
    public void A_ca_that_was_too_slow_is_passed_for_a_while_unless_somebody_asks_or_there_is_no_other_one()
    {
        var situation = New with { Candidates = [Candidate, new Candidate(Second, AccountName.Of(Second, Wish.Email))] };
        var own = AcmeKestrel.Lifecycle.Planning.Schedule.Empty with { WishPrint = WishPrint.Of(Wish, Candidate.Provider) };
        var left = ScheduleChanges.AfterLeaving(own, Candidate.Provider.DirectoryUrl, new LeftOrder.TooSlow(Now.AddHours(-6)), null, Now);

        Assert.Equal((Second, Now.AddHours(1)), (ProviderOf(situation with { Schedule = left }, Now), left.SlowCas[0].Until));
        Assert.Equal(Provider, ProviderOf(situation with { Schedule = left }, Now.AddHours(1)));
        Assert.Equal(Provider, ProviderOf(situation with { Schedule = left, IsForced = true }, Now));
        Assert.Equal(Provider, ProviderOf(situation with { Schedule = left, Wish = Wish with { AskedAt = Now.AddSeconds(1) } }, Now.AddSeconds(2)));
        Assert.Equal(Provider, ProviderOf(situation with { Schedule = left, Candidates = [Candidate] }, Now));
        Assert.Equal(Provider, ProviderOf(situation with { Schedule = left with { WishPrint = "another wish" } }, Now));

        // By a clock that was ahead it says nothing.
        Assert.Equal(Provider, ProviderOf(situation with { Schedule = left }, Now.AddMinutes(-5)));

        static Provider ProviderOf(Situation situation, DateTimeOffset now) => Assert.IsType<Decision.Issue>(Planner.Decide(situation, now)).Provider;
    }

    [Fact]
    public void A_certificate_of_any_of_them_satisfies()
    {
        var served = New with { Certificate = Certificate with { Ca = Second.Ca }, Candidates = [Candidate, new Candidate(Second, AccountName.Of(Second, Wish.Email))] };

        Assert.Equal(Second, Assert.IsType<Decision.Serve>(Planner.Decide(served, Now)).Provider);
    }
}
