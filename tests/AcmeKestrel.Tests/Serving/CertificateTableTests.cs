using AcmeKestrel.Certificates;
using AcmeKestrel.Serving;
using AcmeKestrel.Serving.Finding;
using AcmeKestrel.Tests.Lifecycle;
using CsCheck;
using Microsoft.Extensions.Time.Testing;

namespace AcmeKestrel.Tests.Serving;

public sealed class CertificateTableTests
{
    private static readonly TestCa Ca = new();

    private readonly FakeTimeProvider _time = new(DateTimeOffset.UtcNow);
    private readonly CertificateTable _table;

    public CertificateTableTests() => _table = NewTable(_time);

    [Fact]
    public void A_name_is_found_in_any_case()
    {
        var shop = Publish("shop.test");

        Assert.Same(shop, Find("SHOP.Test"));
        Assert.Null(Find("shop.example"));
    }

    [Fact]
    public void A_wildcard_stands_for_one_label_and_yields_to_the_exact_name()
    {
        var wildcard = Publish("*.shop.test");
        var exact = Publish("www.shop.test");

        Assert.Same(wildcard, Find("api.shop.test"));
        Assert.Same(exact, Find("www.shop.test"));
        Assert.Null(Find("shop.test"));
        Assert.Null(Find("a.b.shop.test"));
        Assert.Null(Find(".shop.test"));
        Assert.Null(Find("*"));
    }

    [Fact]
    public void What_visitors_of_a_name_are_shown_is_told_of_a_wildcard_of_those_that_have_no_other()
    {
        var wildcard = Publish("*.shop.test");
        var exact = Publish("www.shop.test");
        Publish("api.other.test");

        Assert.Equal((wildcard.Id, wildcard.Id, exact.Id), (_table.FindShown("*.shop.test")!.Generation, _table.FindShown("api.shop.test")!.Generation, _table.FindShown("www.shop.test")!.Generation));
        Assert.Equal((null, null), (_table.FindShown("*.other.test"), _table.FindShown("shop.test")));
    }

    [Fact]
    public void Where_each_endpoint_chooses_by_itself_nobody_is_shown_anything()
    {
        var reach = new ServingReach();
        var table = new CertificateTable(_time, reach, new LoadedCertificates(new TestSettings()));
        table.Publish(Ca.Issue("shop.test"));
        Assert.NotNull(table.FindShown("shop.test"));

        reach.Decides("https://127.0.0.1:443");

        Assert.Equal((null, null), (table.FindShown("shop.test"), table.FindShown("*.test")));
    }

    [Fact]
    public void The_family_the_client_can_verify_is_chosen_and_ecdsa_where_it_can_verify_both()
    {
        var ecdsa = Publish("shop.test");
        Assert.Same(ecdsa, Find("shop.test", KeyFamily.Rsa));

        var rsa = Publish(Ca.Issue("shop.test+rsa", KeyFamily.Rsa, Soon, "shop.test"));

        Assert.Same(ecdsa, Find("shop.test"));
        Assert.Same(rsa, Find("shop.test", KeyFamily.Rsa));
    }

    [Fact]
    public void A_label_that_changes_its_key_family_is_served_with_the_new_key()
    {
        Publish("shop.test");
        var rsa = Publish(Ca.Issue("shop.test", KeyFamily.Rsa, Soon, "shop.test"));

        Assert.Same(rsa, Find("shop.test"));
    }

    [Fact]
    public void The_same_generation_again_keeps_its_context()
    {
        var generation = Publish("shop.test");
        var served = _table.Find("shop.test", KeyFamily.All);
        _table.Publish(generation with { });
        _table.Publish(CertificateFacts.Of(generation));

        Assert.Same(served, _table.Find("shop.test", KeyFamily.All));
    }

    /// <summary>A store may lose the newest, and then lists the one before; what is in hand is good.</summary>
    [Fact]
    public void A_stored_one_that_is_older_does_not_come_in_the_place_of_one_that_is_in_hand_and_good()
    {
        var old = Ca.Issue("shop.test", KeyFamily.P256, Days(10), "shop.test") with { Id = "1" };
        var renewed = Publish(Ca.Issue("shop.test", KeyFamily.P256, Days(40), "shop.test") with { Id = "2" });

        _table.Publish(CertificateFacts.Of(old));
        Assert.Same(renewed, Find("shop.test"));

        _time.Advance(TimeSpan.FromDays(41));
        _table.Publish(CertificateFacts.Of(old));
        Assert.Equal("1", _table.Find("shop.test", KeyFamily.All)!.Facts.Generation);
    }

    /// <summary>A follower has just read it: a store that falls silent then keeps no visited name from being served.</summary>
    [Fact]
    public void A_stored_one_that_was_read_is_in_hand_where_the_one_before_it_was()
    {
        Publish(Ca.Issue("shop.test", KeyFamily.P256, Days(10), "shop.test") with { Id = "1" });
        _table.Publish(CertificateFacts.Of(Ca.Issue("cold.test", KeyFamily.P256, Days(10), "cold.test") with { Id = "1" }));

        foreach (var name in (string[])["shop.test", "cold.test", "new.test"]) _table.PublishStored(Ca.Issue(name, KeyFamily.P256, Days(40), name) with { Id = "2" });

        Assert.Equal([true, false, true], ((string[])["shop.test", "cold.test", "new.test"]).Select(name => _table.Find(name, KeyFamily.All)!).Select(found => found.Facts.Generation == "2" && found.IsInHand));
    }

    /// <summary>It could not be read again.</summary>
    [Fact]
    public void A_stored_one_that_is_older_comes_in_the_place_of_one_that_is_cold()
    {
        var old = Ca.Issue("shop.test", KeyFamily.P256, Days(10), "shop.test") with { Id = "1" };
        _table.Publish(CertificateFacts.Of(Ca.Issue("shop.test", KeyFamily.P256, Days(40), "shop.test") with { Id = "2" }));

        _table.Publish(CertificateFacts.Of(old));

        Assert.Equal("1", _table.Find("shop.test", KeyFamily.All)!.Facts.Generation);
    }

    [Fact]
    public void A_name_the_new_generation_lost_stays_on_the_old_one_until_the_label_is_withdrawn()
    {
        var old = Publish("shop.test", "www.shop.test");
        var renewed = Publish("shop.test");

        Assert.Same(renewed, Find("shop.test"));
        Assert.Same(old, Find("www.shop.test"));

        _table.Withdraw("shop.test");

        Assert.Null(Find("shop.test"));
        Assert.Null(Find("www.shop.test"));
    }

    [Fact]
    public void A_name_of_two_labels_falls_back_to_the_other_one()
    {
        var first = Publish(Ca.Issue("first", KeyFamily.P256, Soon, "shop.test"));
        var second = Publish(Ca.Issue("second", KeyFamily.P256, Soon, "shop.test"));
        Assert.Same(second, Find("shop.test"));

        _table.Withdraw("second");

        Assert.Same(first, Find("shop.test"));
    }

    [Fact]
    public void What_is_valid_and_wished_comes_first_then_what_is_valid_then_what_ends_last()
    {
        var ended = Publish(Ca.Issue("ended", KeyFamily.P256, Days(-2), "shop.test"));
        var endedLater = Publish(Ca.Issue("ended-later", KeyFamily.P256, Days(-1), "shop.test"));
        Publish(ended with { Id = "again" });
        Assert.Same(endedLater, Find("shop.test"));

        var wished = Publish(Ca.Issue("wished", KeyFamily.P256, Days(10), "shop.test"));
        var valid = Publish(Ca.Issue("valid", KeyFamily.P256, Days(20), "shop.test"));
        Assert.Same(valid, Find("shop.test"));

        _table.ChangeWishes(Lifecycle.Wishes.Between([], [Wish("wished", "shop.test"), Wish("valid", "other.test")]));
        Assert.Same(wished, Find("shop.test"));

        // The clock alone changes who is best; so does a wish that goes.
        _time.Advance(TimeSpan.FromDays(11));
        Assert.Same(valid, Find("shop.test"));
        _time.Advance(TimeSpan.FromDays(11));
        Assert.Same(valid, Find("shop.test"));
    }

    [Fact]
    public void A_wish_that_goes_leaves_the_place_to_the_one_that_stays()
    {
        var first = Publish(Ca.Issue("first", KeyFamily.P256, Days(10), "shop.test"));
        var second = Publish(Ca.Issue("second", KeyFamily.P256, Days(20), "*.test"));
        var dropped = Wish("first", "shop.test");
        _table.ChangeWishes(Lifecycle.Wishes.Between([], [dropped, Wish("second", "*.test")]));
        Assert.Same(first, Find("shop.test"));

        _table.ChangeWishes(Lifecycle.Wishes.Between([dropped], []));

        Assert.Same(second, Find("shop.test"));
    }

    [Fact]
    public void A_certificate_whose_key_the_client_cannot_verify_is_the_last_choice()
    {
        var p384 = Publish(Ca.Issue("p384", KeyFamily.P384, Days(20), "shop.test"));
        var rsa = Publish(Ca.Issue("rsa", KeyFamily.Rsa, Days(10), "shop.test"));

        Assert.Same(p384, Find("shop.test"));
        Assert.Same(p384, Find("shop.test", KeyFamily.P384 | KeyFamily.Rsa));
        Assert.Same(rsa, Find("shop.test", KeyFamily.P256 | KeyFamily.Rsa));
        _table.Withdraw("rsa");
        Assert.Same(p384, Find("shop.test", KeyFamily.P256 | KeyFamily.Rsa));
    }

    [Fact]
    public void A_certificate_that_TLS_could_not_use_is_left_aside_and_tried_again_later()
    {
        var good = Publish(Ca.Issue("good", KeyFamily.P256, Days(10), "shop.test"));
        var broken = Publish(Ca.Issue("broken", KeyFamily.P256, Days(20), "shop.test") with { PrivateKeyPkcs8 = new byte[] { 1, 2, 3 } });
        Assert.Same(broken, Find("shop.test"));
        _table.Find("shop.test", KeyFamily.All)!.Break(_time.GetUtcNow());

        Assert.Same(good, Find("shop.test"));
        _time.Advance(TimeSpan.FromMinutes(1));

        Assert.Same(broken, Find("shop.test"));
    }

    [Theory]
    [InlineData("www.shop.test")]
    [InlineData("other.shop.test")]
    [InlineData("unknown.test")]
    public void A_lookup_allocates_nothing(string name)
    {
        var table = NewTable(TimeProvider.System);
        table.Publish(Ca.Issue("www.shop.test"));
        table.Publish(Ca.Issue("*.shop.test"));
        for (var i = 0; i < 100; i++) table.Find(name, KeyFamily.All);

        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 1000; i++) table.Find(name, KeyFamily.All);

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    /// <summary>Publications, withdrawals, wishes and the clock against a model that keeps what was published in a list and sorts it.</summary>
    [Fact]
    public void Lookups_agree_with_a_naive_model()
    {
        string[] names = ["a.test", "b.test", "*.test", "x.a.test", "*.a.test"];
        string[] asked = ["a.test", "b.test", "c.test", "x.a.test", "y.a.test", "z.x.a.test", "test"];
        string[] labels = ["one", "two", "three"];
        var certificates = (from label in labels from name in names from days in new[] { 1, 3 } select Ca.Issue(label, KeyFamily.P256, Days(days), name)).ToArray();

        Gen.Select(Gen.Int[0, certificates.Length - 1], Gen.Int[0, 5]).Array[1, 12].Sample(
            steps =>
            {
                var time = new FakeTimeProvider(DateTimeOffset.UtcNow);
                var table = NewTable(time);
                var model = new List<Generation>();
                var wished = new HashSet<(string Label, string Name)>();
                foreach (var (index, kind) in steps)
                {
                    var generation = certificates[index];
                    switch (kind)
                    {
                        case 0:
                            table.Withdraw(generation.Label);
                            model.RemoveAll(other => other.Label == generation.Label);
                            break;

                        case 1:
                            time.Advance(TimeSpan.FromHours(20));
                            break;

                        case 2:
                            Wish[] before = [.. wished.Select(wish => Wish(wish.Item1, wish.Item2))];
                            wished = [(generation.Label, Name(generation))];
                            table.ChangeWishes(Lifecycle.Wishes.Between(before, [Wish(generation.Label, Name(generation))]));
                            break;

                        default:
                            table.Publish(generation);
                            if (model.FindLast(other => other.Label == generation.Label)?.Id == generation.Id) break;
                            model.RemoveAll(other => other.Label == generation.Label && Name(other) == Name(generation));
                            model.Add(generation);
                            break;
                    }
                }

                return asked.All(name => table.Find(name, KeyFamily.All)?.InHand == Best(name, model, wished, time.GetUtcNow()));
            },
            iter: 2000);
    }

    private static Generation? Best(string name, List<Generation> model, HashSet<(string Label, string Name)> wished, DateTimeOffset now)
    {
        var dot = name.IndexOf('.', StringComparison.Ordinal);
        return Enumerable.Reverse(model)
            .Where(generation => Name(generation) == name || (dot >= 0 && Name(generation) == "*" + name[dot..]))
            .OrderByDescending(generation => now >= generation.Chain.NotAfter ? 0 : wished.Contains((generation.Label, Name(generation))) ? 2 : 1)
            .ThenByDescending(generation => Name(generation) == name)
            .ThenByDescending(generation => generation.Chain.NotAfter)
            .FirstOrDefault();
    }

    private static CertificateTable NewTable(TimeProvider time) => new(time, new ServingReach(), new LoadedCertificates(new TestSettings()));

    private static DateTimeOffset Days(int days) => DateTimeOffset.UtcNow.AddDays(days);

    private static Wish Wish(string label, string name) => new(
        label, [AcmeIdentifier.Parse(name)], [], "ca", null, AcmeKeyType.P256, null, ["http-01"], AcmeWishSource.Options, "a test");

    private static DateTimeOffset Soon => DateTimeOffset.UtcNow.AddDays(30);

    private static string Name(Generation generation) => generation.Chain.Identifiers[0].Value;

    private Generation Publish(params string[] names) => Publish(Ca.Issue(names));

    private Generation Publish(Generation generation)
    {
        _table.Publish(generation);
        return generation;
    }

    private Generation? Find(string name, KeyFamily accepts = KeyFamily.All) => _table.Find(name, accepts)?.InHand;
}
