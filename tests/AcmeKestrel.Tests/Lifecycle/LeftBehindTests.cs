using AcmeKestrel.Certificates;
using AcmeKestrel.Lifecycle.Stored;

namespace AcmeKestrel.Tests.Lifecycle;

public sealed class LeftBehindTests
{
    private static readonly CertificateFacts Certificate = new(
        "old", "20260101T000000Z-0", new SubjectNameSet(["a.test", "b.test"]), AcmeKeyType.P256, KeyFamily.P256, new CaKey("https://ca.test/dir"), null, default, default);

    [Fact]
    public void A_label_is_found_by_what_has_become_of_it_and_by_nothing_else()
    {
        var left = new LeftBehind();
        left.Put("old", null, "print");
        Assert.Equal((true, false), (left.AnyOrder, left.AnyCertificate));
        Assert.Equal(["old"], left.WithOrder("print"));

        // Its order has ended: of ten thousand such labels none is looked at for ever.
        left.Put("old", Certificate, null);
        Assert.Empty(left.HadOrders);
        Assert.Equal(["old"], left.WithCertificate(["b.test", "a.test"]));
        Assert.Empty(left.WithCertificate(["a.test"]));

        left.Put("old", null, null);
        Assert.Equal((false, false), (left.AnyOrder, left.AnyCertificate));
    }

    [Fact]
    public void One_that_is_taken_leaves_the_others_of_the_same_names()
    {
        var left = new LeftBehind();
        left.Put("old", Certificate, "print");
        left.Put("older", Certificate with { Label = "older" }, "print");

        left.Take("old");
        left.Take("nobody");

        Assert.Equal(["older"], left.WithCertificate(Certificate.Names));
        Assert.Equal(["older"], left.WithOrder("print"));
    }
}
