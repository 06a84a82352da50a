using System.Net;
using System.Net.Sockets;
using AcmeKestrel.Certificates;
using AcmeKestrel.Serving;
using CsCheck;
using Microsoft.Extensions.Logging.Abstractions;

namespace AcmeKestrel.Tests.Serving;

public sealed class CertificateTableTests
{
    private static readonly TestCa Ca = new();

    private readonly CertificateTable _table = new(NullLogger<CertificateTable>.Instance);

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
    public void The_family_the_client_can_verify_is_chosen_and_ecdsa_where_it_can_verify_both()
    {
        var ecdsa = Publish("shop.test");
        Assert.Same(ecdsa, Find("shop.test", acceptsEcdsa: false));

        var rsa = Publish(Ca.Issue("shop.test+rsa", KeyFamily.Rsa, Soon, "shop.test"));

        Assert.Same(ecdsa, Find("shop.test"));
        Assert.Same(rsa, Find("shop.test", acceptsEcdsa: false));
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
        var context = _table.Find("shop.test", true)!.Context;
        _table.Publish(generation with { });

        Assert.Same(context, _table.Find("shop.test", true)!.Context);
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
        var first = Publish(Ca.Issue("first", KeyFamily.Ecdsa, Soon, "shop.test"));
        var second = Publish(Ca.Issue("second", KeyFamily.Ecdsa, Soon, "shop.test"));
        Assert.Same(second, Find("shop.test"));

        _table.Withdraw("second");

        Assert.Same(first, Find("shop.test"));
    }

    [Fact]
    public void Without_a_server_name_the_address_is_the_name()
    {
        var byAddress = Publish("192.0.2.1", "2001:db8::1");
        var nameless = new ClientHello(null, IsAcmeTlsAlpn: false, AcceptsEcdsa: true);

        Assert.Same(byAddress, _table.Find(nameless, new IPEndPoint(IPAddress.Parse("192.0.2.1"), 443))?.Generation);
        Assert.Same(byAddress, _table.Find(nameless, new IPEndPoint(IPAddress.Parse("::ffff:192.0.2.1"), 443))?.Generation);
        Assert.Same(byAddress, _table.Find(nameless, new IPEndPoint(IPAddress.Parse("2001:db8:0::1"), 443))?.Generation);
        Assert.Null(_table.Find(nameless, new IPEndPoint(IPAddress.Loopback, 443)));
        Assert.Null(_table.Find(nameless, new UnixDomainSocketEndPoint("/run/edge")));
    }

    [Fact]
    public void The_context_holds_the_chain_and_is_made_once()
    {
        Publish("shop.test");
        var served = _table.Find("shop.test", true)!;

        Assert.Single(served.Context!.IntermediateCertificates);
        Assert.Same(served.Context, _table.Find("shop.test", true)!.Context);
    }

    [Fact]
    public void A_key_that_is_not_the_certificates_is_no_context_and_no_exception()
    {
        _table.Publish(Ca.Issue("shop.test") with { PrivateKeyPkcs8 = Ca.Issue("other.test").PrivateKeyPkcs8 });
        _table.Publish(Ca.Issue("api.test") with { PrivateKeyPkcs8 = new byte[] { 1, 2, 3 } });

        Assert.Null(_table.Find("shop.test", true)!.Context);
        Assert.Null(_table.Find("api.test", true)!.Context);
    }

    [Theory]
    [InlineData("www.shop.test")]
    [InlineData("other.shop.test")]
    [InlineData("unknown.test")]
    public void A_lookup_allocates_nothing(string name)
    {
        Publish("www.shop.test");
        Publish("*.shop.test");
        var hello = new ClientHello(name, IsAcmeTlsAlpn: false, AcceptsEcdsa: true);
        for (var i = 0; i < 100; i++) _table.Find(hello, null);

        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 1000; i++) _table.Find(hello, null);

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    /// <summary>Publications and withdrawals of three labels against a model that keeps them all in a list and searches it.</summary>
    [Fact]
    public void Lookups_agree_with_a_naive_model()
    {
        string[] names = ["a.test", "b.test", "*.test", "x.a.test", "*.a.test"];
        string[] asked = ["a.test", "b.test", "c.test", "x.a.test", "y.a.test", "z.x.a.test", "test"];
        var certificates = (from label in new[] { "one", "two", "three" } from name in names select Ca.Issue(label, KeyFamily.Ecdsa, Soon, name)).ToArray();

        Gen.Select(Gen.Int[0, certificates.Length - 1], Gen.Bool).Array[1, 12].Sample(
            steps =>
            {
                var table = new CertificateTable(NullLogger<CertificateTable>.Instance);
                var model = new List<Generation>();
                foreach (var (index, isPublished) in steps)
                {
                    var generation = certificates[index];
                    if (isPublished)
                    {
                        table.Publish(generation);
                        Publish(generation, model);
                    }
                    else
                    {
                        table.Withdraw(generation.Label);
                        model.RemoveAll(other => other.Label == generation.Label);
                    }
                }

                return asked.All(name => table.Find(name, true)?.Generation == Find(name, model));
            },
            iter: 2000);
    }

    private static void Publish(Generation generation, List<Generation> model)
    {
        var current = model.FindLast(other => other.Label == generation.Label);
        if (current?.Id == generation.Id) return;

        // A leftover of an older generation is served while nobody has published its name since.
        if (current is not null && model.FindLast(other => Name(other) == Name(current)) != current) model.Remove(current);
        model.RemoveAll(other => Name(other) == Name(generation) && (other.Label == generation.Label || model.FindLast(latest => latest.Label == other.Label) != other));
        model.Add(generation);
    }

    private static Generation? Find(string name, List<Generation> model)
    {
        var dot = name.IndexOf('.', StringComparison.Ordinal);
        return model.FindLast(generation => Name(generation) == name)
            ?? (dot < 0 ? null : model.FindLast(generation => Name(generation) == "*" + name[dot..]));
    }

    private static DateTimeOffset Soon => DateTimeOffset.UtcNow.AddDays(30);

    private static string Name(Generation generation) => generation.Chain.Identifiers[0].Value;

    private Generation Publish(params string[] names) => Publish(Ca.Issue(names));

    private Generation Publish(Generation generation)
    {
        _table.Publish(generation);
        return generation;
    }

    private Generation? Find(string name, bool acceptsEcdsa = true) => _table.Find(name, acceptsEcdsa)?.Generation;
}
