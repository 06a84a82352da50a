using AcmeKestrel.Certificates;
using AcmeKestrel.Configuration;
using AcmeKestrel.Lifecycle.Limits;

namespace AcmeKestrel.Tests.Lifecycle;

/// <summary>What the kinds of orders cost, by Let's Encrypt's rules and by those of a CA that publishes none.</summary>
public sealed class LedgerCostsTests
{
    private static readonly DateTimeOffset Now = new(2026, 11, 23, 12, 0, 0, TimeSpan.Zero);
    private static readonly Provider LetsEncrypt = BuiltInProviders.All["letsencrypt"];
    private static readonly AccountName Account = AccountName.Of(LetsEncrypt, "ops@example.test");
    private static readonly AcmeIdentifier[] Names = [AcmeIdentifier.Parse("a.shop.example.org"), AcmeIdentifier.Parse("b.shop.example.org"), AcmeIdentifier.Parse("other.example.net")];

    [Theory]
    [InlineData(0, "domain domain orders set")]
    [InlineData(1, "set")]
    [InlineData(2, "")]
    public void Lets_Encrypt_exempts_renewals(int kind, string expected) => Assert.Equal(expected, Counted(LetsEncrypt.Limits, (OrderKind)kind));

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public void Another_CA_counts_every_order_and_no_certificate(int kind) => Assert.Equal("orders", Counted(ProviderLimits.Usual, (OrderKind)kind));

    [Fact]
    public void A_validation_that_may_fail_counts_for_each_name_whatever_the_order()
    {
        foreach (var kind in Enum.GetValues<OrderKind>())
        {
            var costs = LedgerCosts.Attempt(LetsEncrypt.Limits, Account, Names, new OrderClass(kind, IsPressing: false), isFresh: false);

            Assert.Equal(Names.Select(name => $"failed|ops@example.test|{name}"), costs.Select(cost => cost.Bucket).Where(bucket => bucket.StartsWith("failed", StringComparison.Ordinal)));
        }
    }

    [Fact]
    public void A_name_and_its_wildcard_count_apart()
    {
        AcmeIdentifier[] names = [AcmeIdentifier.Parse("shop.test"), AcmeIdentifier.Parse("*.shop.test")];

        var costs = LedgerCosts.Attempt(LetsEncrypt.Limits, Account, names, new OrderClass(OrderKind.New, IsPressing: false), isFresh: false);

        Assert.Equal(["failed|ops@example.test|shop.test", "failed|ops@example.test|*.shop.test"], costs.Select(cost => cost.Bucket).Where(bucket => bucket.StartsWith("failed", StringComparison.Ordinal)));
    }

    /// <summary>Names of one registered domain share a bucket, by the public suffix list; addresses by their network.</summary>
    [Fact]
    public void Certificates_are_counted_for_each_registered_domain_once()
    {
        AcmeIdentifier[] names = [AcmeIdentifier.Parse("a.b.example.co.uk"), AcmeIdentifier.Parse("example.co.uk"), AcmeIdentifier.Parse("one.github.io"), AcmeIdentifier.Parse("two.github.io")];

        var domains = LedgerCosts.Certificate(LetsEncrypt.Limits, names, OrderKind.New).Select(cost => cost.Bucket).Where(bucket => bucket.StartsWith("domain", StringComparison.Ordinal));

        Assert.Equal(["domain|example.co.uk", "domain|one.github.io", "domain|two.github.io"], domains);
    }

    /// <summary>A tenth of an account's orders is for certificates close to their end.</summary>
    [Fact]
    public void A_share_is_kept_for_renewals_close_to_their_end()
    {
        var (usual, pressing) = (LedgerCosts.Order(ProviderLimits.Usual, Account), LedgerCosts.Order(ProviderLimits.Usual, Account, new OrderClass(OrderKind.SameSet, IsPressing: true)));
        var ledger = LedgerState.Empty;
        var given = 0;
        for (; ledger.RefusalOf(usual, Now) is null; given++) ledger = ledger.Debit(usual, Now);

        Assert.Equal(270, given);
        Assert.Contains("kept for certificates close to their end", ledger.RefusalOf(usual, Now)!.Reason, StringComparison.Ordinal);
        for (; ledger.RefusalOf(pressing, Now) is null; given++) ledger = ledger.Debit(pressing, Now);
        Assert.Equal(300, given);

        // A token comes back every 36 seconds: for the pressing ones first.
        Assert.Null(ledger.RefusalOf(pressing, Now.AddSeconds(36)));
        Assert.Equal(Now.AddSeconds(31 * 36), ledger.RefusalOf(usual, Now.AddSeconds(36))!.Until);
    }

    /// <summary>A state that was lost takes its memory of what it spent with it: its successor begins gently, for as long as a CA may still count that.</summary>
    [Fact]
    public void A_fresh_state_begins_gently_at_public_CAs()
    {
        var fresh = LedgerState.Empty with { Since = Now };
        var given = 0;
        for (; fresh.RefusalOf(Costs(fresh, Now), Now) is null; given++) fresh = fresh.Debit(Costs(fresh, Now), Now);

        Assert.Equal(20, given);
        var refusal = fresh.RefusalOf(Costs(fresh, Now), Now)!;
        Assert.Equal(Now.AddSeconds(36), refusal.Until);
        Assert.Contains("no word of earlier orders", refusal.Reason, StringComparison.Ordinal);
        Assert.Null(fresh.RefusalOf(Costs(fresh, Now.AddHours(3)), Now.AddHours(3)));
        Assert.DoesNotContain(LedgerCosts.Order(LetsEncrypt.Limits, Account, new OrderClass(OrderKind.SameSet, IsPressing: false), isFresh: true), cost => cost.Bucket == "first");
        Assert.Null(ProviderLimits.Usual.FirstOrders);

        List<LedgerCost> Costs(LedgerState ledger, DateTimeOffset now) => LedgerCosts.Order(LetsEncrypt.Limits, Account, default, ledger.IsFresh(now));
    }

    /// <summary>In the order of the alphabet.</summary>
    private static string Counted(ProviderLimits limits, OrderKind kind)
    {
        var of = new OrderClass(kind, IsPressing: false);
        return string.Join(' ', LedgerCosts.Order(limits, Account, of).Concat(LedgerCosts.Certificate(limits, Names, kind)).Select(cost => cost.Bucket.Split('|')[0]).Order(StringComparer.Ordinal));
    }
}
