using System.Net;
using AcmeKestrel.Certificates;
using AcmeKestrel.Diagnostics;
using AcmeKestrel.Lifecycle;
using AcmeKestrel.Lifecycle.Ordering;
using AcmeKestrel.Lifecycle.State;
using AcmeKestrel.Storage;
using Microsoft.Extensions.Time.Testing;

namespace AcmeKestrel.Tests.Lifecycle;

/// <summary>Promises 6 and 7: killed before or after any write or request.</summary>
public sealed class CrashTests
{
    private static readonly ProviderLimits Limits = new(
        new RateLimit(10, TimeSpan.FromHours(3)), new RateLimit(300, TimeSpan.FromHours(3)), new RateLimit(5, TimeSpan.FromHours(1)), new RateLimit(50, TimeSpan.FromDays(7)), new RateLimit(5, TimeSpan.FromDays(7)));

    [Theory]
    [InlineData(ChallengeTypes.Http01, 0, false, false)]
    [InlineData(ChallengeTypes.TlsAlpn01, 2, false, false)]
    [InlineData(ChallengeTypes.TlsAlpn01, 1, true, false)]
    [InlineData(ChallengeTypes.Http01, 1, true, true)]
    public async Task Killed_at_any_moment_of_an_issuance_nothing_is_lost_and_nothing_is_bought_twice(string challenge, int looks, bool reusesOrders, bool externalAccount)
    {
        for (var moment = 1; ; moment++)
        {
            var world = new World(reusesOrders) { Wish = Wishes.Of("shop.test", ["shop.test", "www.shop.test"], challenges: [challenge]) };
            (world.Ca.ProcessingLooks, world.Ca.ValidationLooks, world.Settings.Limits) = (looks, looks, Limits);
            if (looks > 0) world.SuggestRenewals();
            if (externalAccount) (world.Settings.EabKeyId, world.Ca.RequiresExternalAccount) = ("kid-1", true);

            var died = await world.RunAsync(new Death(moment));
            var survived = world.Survivor();
            if (died) await world.RunAsync(new Death(int.MaxValue));

            world.CheckThatAllIsWell($"moment {moment}", survived, orders: died && !reusesOrders ? 2 : 1);
            if (died) continue;

            Assert.True(moment > 40, "The decorators are not in the way of the issuance.");
            return;
        }
    }

    [Theory]
    [InlineData(false, false)]
    [InlineData(true, false)]
    [InlineData(true, true)]
    public async Task Killed_at_any_moment_of_a_renewal_the_old_certificate_is_served_until_the_new_one_is(bool suggests, bool refusesReplacements)
    {
        for (var moment = 1; ; moment++)
        {
            var world = new World(false) { Wish = Wishes.Of("shop.test") };
            world.Settings.Limits = Limits;
            if (suggests) world.SuggestRenewals();
            if (refusesReplacements) world.Ca.Instead = (kind, payload) => kind == "order" && payload!["replaces"] is not null ? TestCa.Problem(HttpStatusCode.Conflict, "alreadyReplaced", "replaced already") : null;
            await world.RunAsync(new Death(int.MaxValue));
            world.Time.Advance(TimeSpan.FromDays(61));

            var died = await world.RunAsync(new Death(moment));
            var survived = world.Survivor();
            if (died) await world.RunAsync(new Death(int.MaxValue));

            Assert.Equal(2, world.Ca.Certificates.Count);
            Assert.InRange(world.Ca.Orders.Count, 2, died ? 3 : 2);
            var generations = world.Store.All(RecordKind.Certificate).Select(GenerationRecord.Read).ToList();
            Assert.Equal(2, generations.Count);
            if (survived is not null && generations.All(generation => generation.Origin.OrderUrl != survived.Order.OrderUrl)) Assert.Contains(generations, generation => generation.PrivateKeyPkcs8.Span.SequenceEqual(survived.PrivateKey));
            Assert.Empty(world.Store.All(RecordKind.Order));

            // The CA's own record of what was replaced by what is right in the end, or it refused to keep one.
            var replaces = world.Ca.Certificates[1].Replaces;
            if (!suggests || refusesReplacements) Assert.Null(replaces);
            else Assert.True(died || replaces == world.Ca.Certificates[0].RenewalId);
            if (!died) return;
        }
    }

    [Fact]
    public async Task Killed_twice_it_still_ends_served()
    {
        var random = new Random(7);
        for (var run = 0; run < 60; run++)
        {
            var world = new World(false) { Wish = Wishes.Of("shop.test") };
            world.Settings.Limits = Limits;
            var (first, second) = (random.Next(1, 50), random.Next(1, 50));
            var deaths = 0;
            if (await world.RunAsync(new Death(first))) deaths++;
            if (await world.RunAsync(new Death(second))) deaths++;
            var survived = world.Survivor();
            await world.RunAsync(new Death(int.MaxValue));

            world.CheckThatAllIsWell($"moments {first} and {second}", survived, orders: deaths + 1);
        }
    }

    [Fact]
    public async Task Fifty_restarts_in_a_crash_loop_stay_within_the_limits()
    {
        var world = new World(false) { Wish = Wishes.Of("shop.test") };
        var (orders, failures) = (new RateLimit(6, TimeSpan.FromHours(3)), new RateLimit(3, TimeSpan.FromHours(1)));
        world.Settings.Limits = Limits with { NewOrdersPerAccount = orders, FailedAuthorizationsPerIdentifier = failures };
        world.Reach = (_, _) => "nobody is there";

        for (var restart = 1; restart <= 50; restart++)
        {
            await world.RunAsync(new Death(1 + ((restart * 7) % 40)), TimeSpan.FromMinutes(3));
        }

        Assert.NotEmpty(world.Ca.FailedValidations);
        AssertWithin(orders, world.Ca.NewOrders);
        AssertWithin(failures, world.Ca.FailedValidations.Select(failure => failure.At));
    }

    [Fact]
    public async Task Restarts_do_not_make_two_keys_for_one_account()
    {
        var world = new World(false) { Wish = Wishes.Of("shop.test") };
        for (var moment = 1; moment <= 8; moment++) await world.RunAsync(new Death(moment), TimeSpan.Zero);
        await world.RunAsync(new Death(int.MaxValue));

        Assert.Equal(1, world.Ca.Accounts);
        Assert.Single(world.Store.All(RecordKind.Account));
    }

    private static void AssertWithin(RateLimit limit, IEnumerable<DateTimeOffset> moments)
    {
        double tokens = limit.Count;
        DateTimeOffset? last = null;
        foreach (var moment in moments)
        {
            if (last is { } before) tokens = Math.Min(limit.Count, tokens + ((moment - before) / limit.Window * limit.Count));
            (tokens, last) = (tokens - 1, moment);
            Assert.True(tokens > -1e-6, $"Over the limit of {limit} at {moment:u}.");
        }
    }

    private sealed class World
    {
        public World(bool reusesOrders) => (Store, Ca) = (new TestStore(Time), new TestCa(Time) { ReusesOrders = reusesOrders });

        public FakeTimeProvider Time { get; } = new(new DateTimeOffset(2026, 11, 23, 12, 0, 0, TimeSpan.Zero));

        public TestCa Ca { get; }

        public TestStore Store { get; }

        public TestSettings Settings { get; } = new();

        public required Wish Wish { get; init; }

        public Func<string, string, string?> Reach { get; set; } = (_, _) => null;

        /// <summary>A window in the last third of each certificate's life.</summary>
        public void SuggestRenewals() => Ca.RenewalInfo = id =>
        {
            var issued = Ca.Certificates.Single(issued => issued.RenewalId == id).At;
            return TestCa.Window(issued.AddDays(60), issued.AddDays(61));
        };

        /// <summary>One process; true when it died.</summary>
        public async Task<bool> RunAsync(Death death, TimeSpan? life = null)
        {
            try
            {
                await using var edge = await Edge.StartAsync(Time, Ca, Settings, new Death.Store(Store, death), [Wish], () => new Death.Transport(Ca.Transport(), death));
                edge.Reach = Reach;
                if (life is null) while (!death.HasCome && (await edge.SettleAsync("shop.test")).State is not AcmeCertificateState.Served) continue;
                else await edge.RunAsync(life.Value);
            }
            catch (Exception) when (death.HasCome)
            {
                // Died before it came to its first label.
            }

            return death.HasCome;
        }

        /// <summary>The order in flight that a dead process left.</summary>
        public StoredOrder? Survivor() => Store.All(RecordKind.Order).Select(StoredOrder.Read).SingleOrDefault();

        public void CheckThatAllIsWell(string when, StoredOrder? survived, int orders)
        {
            Assert.True(Ca.Certificates.Count == 1, $"{when}: {Ca.Certificates.Count} certificates were bought.");
            Assert.True(Ca.Orders.Count <= orders, $"{when}: {Ca.Orders.Count} orders were made.");
            Assert.Equal(1, Ca.Accounts);

            var generation = GenerationRecord.Read(Assert.Single(Store.All(RecordKind.Certificate)));
            if (survived is not null) Assert.Equal(survived.PrivateKey, generation.PrivateKeyPkcs8.ToArray());
            if (survived?.Order.OrderUrl is { } url) Assert.Equal(url, generation.Origin.OrderUrl);

            Assert.Empty(Store.All(RecordKind.Order));
            Assert.Empty(Store.All(RecordKind.Answer));
        }
    }
}
