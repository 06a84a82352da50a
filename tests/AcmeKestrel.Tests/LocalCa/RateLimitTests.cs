using AcmeKestrel.LocalCa;
using AcmeKestrel.LocalCa.Rules;
using CsCheck;

namespace AcmeKestrel.Tests.LocalCa;

public sealed class RateLimitTests
{
    private static readonly TimeSpan Hour = TimeSpan.FromHours(1);

    private readonly CaRules _ca = new();
    private readonly LocalCaRateLimits _limits = new();

    public RateLimitTests() => _ca.Options.RateLimits = _limits;

    [Fact]
    public void A_bucket_gives_its_count_at_once_and_then_one_each_interval()
    {
        var (limit, now, bucket) = (new LocalCaRateLimit(5, Hour), _ca.Time.GetUtcNow(), default(TokenBucket));
        for (var i = 0; i < 5; i++)
        {
            Assert.Equal(TimeSpan.Zero, bucket.Wait(limit, now));
            bucket = bucket.Take(limit, now);
        }

        Assert.Equal(TimeSpan.FromMinutes(12), bucket.Wait(limit, now));
        Assert.Equal(TimeSpan.FromTicks(1), bucket.Wait(limit, now + TimeSpan.FromMinutes(12) - TimeSpan.FromTicks(1)));
        Assert.Equal(TimeSpan.Zero, bucket.Wait(limit, now + TimeSpan.FromMinutes(12)));
        // What was not there is owed.
        Assert.Equal(TimeSpan.FromMinutes(24), bucket.Take(limit, now).Wait(limit, now));
        // A bucket never holds more than its count.
        Assert.Equal(TimeSpan.FromMinutes(12), Enumerable.Range(0, 5).Aggregate(bucket, (b, _) => b.Take(limit, now + TimeSpan.FromDays(9))).Wait(limit, now + TimeSpan.FromDays(9)));
    }

    [Fact]
    public void Whoever_waits_as_told_is_never_refused_and_nobody_gets_more_than_time_gave_back() =>
        Gen.Select(Gen.Int[1, 20], Gen.Int[1, 100_000], Gen.Int[0, 5_000].Array[1, 60]).Sample((count, seconds, pauses) =>
        {
            var (limit, bucket, now, start) = (new LocalCaRateLimit(count, TimeSpan.FromSeconds(seconds)), default(TokenBucket), _ca.Time.GetUtcNow(), _ca.Time.GetUtcNow());
            var taken = 0;
            foreach (var pause in pauses)
            {
                now += TimeSpan.FromSeconds(pause);
                now += bucket.Wait(limit, now);
                if (bucket.Wait(limit, now) != TimeSpan.Zero) return false;
                bucket = bucket.Take(limit, now);
                taken++;
            }

            return taken <= count + Math.Floor((now - start) / limit.Interval);
        });

    [Theory]
    [InlineData(0, 1)]
    [InlineData(1, 0)]
    [InlineData(-1, 1)]
    public void A_limit_is_at_least_one_in_more_than_no_time(int count, int seconds) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => new LocalCaRateLimit(count, TimeSpan.FromSeconds(seconds)));

    /// <summary>A moment beyond the calendar would be an exception at the next request.</summary>
    [Fact]
    public void A_window_is_at_most_a_year()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => new LocalCaRateLimit(1, TimeSpan.MaxValue));
        Assert.Throws<ArgumentOutOfRangeException>(() => new LocalCaRateLimit(1, TimeSpan.FromDays(366) + TimeSpan.FromTicks(1)));
        Assert.Equal(TimeSpan.FromDays(366), new LocalCaRateLimit(1, TimeSpan.FromDays(366)).Window);
    }

    [Fact]
    public void New_accounts_are_limited_all_together()
    {
        _limits.NewAccounts = new LocalCaRateLimit(2, Hour);
        var key = CaRules.NewKey();
        _ca.Register(key);
        Assert.Equal("invalidContact", CaRules.Refused(() => _ca.Register(CaRules.NewKey(), """{"termsOfServiceAgreed":true,"contact":["mailto:"]}""")).Type);
        _ca.NewAccount();

        AssertLimited(TimeSpan.FromMinutes(30), () => _ca.NewAccount());
        Assert.False(_ca.Register(key).Created);
        _ca.Time.Advance(TimeSpan.FromMinutes(30));
        _ca.NewAccount();
    }

    [Fact]
    public void New_orders_are_limited_for_each_account()
    {
        _limits.NewOrders = new LocalCaRateLimit(1, Hour);
        _ca.Options.OrderReuse = true;
        var account = _ca.NewAccount();
        var order = _ca.Order(account, "a.test");

        AssertLimited(Hour, () => _ca.Order(account, "b.test"));
        Assert.Equal(order.Id, _ca.Order(account, "a.test").Id);
        _ca.Order(_ca.NewAccount(), "b.test");
        _ca.Time.Advance(Hour);
        _ca.Order(account, "b.test");
    }

    [Fact]
    public void Certificates_are_limited_for_each_registered_domain()
    {
        _limits.CertificatesPerDomain = new LocalCaRateLimit(2, TimeSpan.FromDays(7));
        var account = _ca.NewAccount();
        _ca.Issue(account, "a.shop.test", "b.shop.test");
        _ca.Order(account, "unused.shop.test");
        _ca.Issue(account, "*.shop.test");

        AssertLimited(TimeSpan.FromDays(3.5), () => _ca.Order(_ca.NewAccount(), "other.test", "c.shop.test"));
        _ca.Order(account, "other.test");
    }

    [Fact]
    public void Certificates_are_limited_for_each_exact_set()
    {
        _limits.CertificatesPerSet = new LocalCaRateLimit(1, TimeSpan.FromDays(7));
        _ca.Issue(_ca.NewAccount(), "a.test", "b.test");
        var account = _ca.NewAccount();

        AssertLimited(TimeSpan.FromDays(7), () => _ca.Order(account, "b.test", "a.test"));
        _ca.Order(account, "a.test");
        _ca.Order(account, "a.test", "b.test", "c.test");
    }

    [Fact]
    public void Failed_validations_are_limited_for_each_identifier_and_account()
    {
        _limits.FailedValidations = new LocalCaRateLimit(2, Hour);
        var account = _ca.NewAccount();
        for (var i = 0; i < 2; i++) _ca.Conclude(account, _ca.Order(account, "shop.test"), Problem.Unauthorized("no"));

        AssertLimited(TimeSpan.FromMinutes(30), () => _ca.Order(account, "other.test", "shop.test"));
        _ca.Order(account, "other.test");
        _ca.Order(_ca.NewAccount(), "shop.test");
    }

    [Fact]
    public void A_success_counts_as_no_failure_and_a_proven_name_needs_no_validation()
    {
        _limits.FailedValidations = new LocalCaRateLimit(1, Hour);
        _ca.Options.AuthorizationReuse = Hour;
        var account = _ca.NewAccount();
        var first = _ca.Order(account, "shop.test");
        var second = _ca.Order(account, "shop.test");
        _ca.Conclude(account, first);
        _ca.Conclude(account, second, Problem.Unauthorized("no"));

        Assert.Equal(Status.Ready, _ca.Order(account, "shop.test").Status);
    }

    [Fact]
    public void A_probe_that_ends_after_its_authorization_counts_no_failure()
    {
        _limits.FailedValidations = new LocalCaRateLimit(1, Hour);
        var account = _ca.NewAccount();
        var authorization = _ca.Orders.Authorization(account, _ca.Order(account, "shop.test").Authorizations[0]);
        _ca.Orders.Begin(account, authorization.Challenges[0].Id, "https://ca.test/account/1", ["ca.test"]);
        _ca.Orders.Deactivate(account, authorization.Id);
        _ca.Orders.Conclude(authorization.Challenges[0].Id, Problem.Unauthorized("no"));

        _ca.Order(account, "shop.test");
    }

    [Theory]
    [InlineData("dns", "a.b.shop.test", "shop.test")]
    [InlineData("dns", "*.shop.test", "shop.test")]
    [InlineData("dns", "localhost", "localhost")]
    [InlineData("ip", "127.0.0.1", "127.0.0.1")]
    public void The_last_two_labels_are_the_registered_domain(string type, string value, string domain) =>
        Assert.Equal(domain, RateLimits.Domain(new Identifier(type, value)));

    [Fact]
    public void Without_limits_nothing_is_refused()
    {
        _ca.Options.RateLimits = null;
        var account = _ca.NewAccount();
        for (var i = 0; i < 50; i++) _ca.Conclude(account, _ca.Order(account, "shop.test"), Problem.Unauthorized("no"));
        _ca.Issue(account, "shop.test");
    }

    private void AssertLimited(TimeSpan wait, Action action)
    {
        var orders = _ca.State.Orders.Count;
        var problem = CaRules.Refused(action);

        Assert.Equal(("rateLimited", 429, new Retry(wait, _ca.Time.GetUtcNow() + wait)), (problem.Type, problem.Status, problem.Retry));
        Assert.Equal(orders, _ca.State.Orders.Count);
    }
}
