using AcmeKestrel.Certificates;
using AcmeKestrel.Configuration;
using AcmeKestrel.Lifecycle.Limits;
using AcmeKestrel.Lifecycle.Planning;
using AcmeKestrel.Lifecycle.Planning.Renewals;

namespace AcmeKestrel.Tests.Lifecycle.Planning;

/// <summary>One label, <c>shop.test</c>, in the situations that decisions are made in; values alone.</summary>
public abstract class ShopSituations
{
    private protected static DateTimeOffset Now { get; } = new(2026, 11, 23, 12, 0, 0, TimeSpan.Zero);
    private protected static Provider Provider { get; } = new TestSettings().Provider;
    private protected static Provider Second { get; } = Provider with { Name = "second", DirectoryUrl = "https://second.test/dir" };
    private protected static Wish Wish { get; } = Wishes.Of("shop.test", optional: ["www.shop.test"]);
    private protected static Candidate Candidate { get; } = new(Provider, AccountName.Of(Provider, Wish.Email));
    private protected static Situation New { get; } = new("shop.test", Wish, new RenewalPolicy(2 / 3.0, 0.5) { Ari = true }) { Candidates = [Candidate] };
    private protected static OpenOrder Order { get; } = new("id", new OrderPurpose(WishPrint.Of(Wish, Provider))) { At = Candidate };
    private protected static Obstacle Closed { get; } = new(ObstacleKind.Idle, "the server listens on no https address");

    private protected static CertificateFacts Certificate { get; } =
        new("shop.test", "g", new SubjectNameSet(["shop.test", "www.shop.test"]), AcmeKeyType.P256, KeyFamily.P256, Provider.Ca, null, Now, Now.AddDays(90));

    private protected static Situation Served { get; } = New with { Certificate = Certificate };

    private protected static CertificateFacts Aged(int days) => Certificate with { NotBefore = Now.AddDays(-days), NotAfter = Now.AddDays(90 - days) };

    private protected static Situation With(Candidate candidate) => New with { Candidates = [candidate] };

    private protected static Situation Flying(OpenOrder order) => New with { Order = order };

    private protected static Schedule Schedule(DateTimeOffset next) => new() { WishPrint = WishPrint.Of(Wish, Provider), Failures = 2, Problem = "nobody is there", NextAttempt = next };

    private protected static Candidate Trouble(DateTimeOffset until, int faults = 1) => Candidate with { Ledger = LedgerState.Empty with { Circuit = new CircuitState(faults, until, "502") } };

    private protected static Candidate Spent(DateTimeOffset now)
    {
        var provider = Provider with { Limits = ProviderLimits.None with { NewOrdersPerAccount = new RateLimit(1, TimeSpan.FromHours(3)) } };
        return Candidate with { Provider = provider, Ledger = LedgerState.Empty.Debit(LedgerCosts.Order(provider.Limits, Candidate.Account), now) };
    }
}
