using AcmeKestrel.Serving;

namespace AcmeKestrel.Tests.Serving;

public sealed class ProbeCertificatesTests
{
    private readonly ProbeCertificates _certificates = new(TimeProvider.System);

    [Fact]
    public void An_answer_that_comes_again_is_shown_by_the_same_certificate()
    {
        var answer = Probes.Pending("shop.test");

        Assert.Same(_certificates.For(answer), _certificates.For(answer with { }));
        Assert.NotSame(_certificates.For(answer), _certificates.For(answer with { KeyAuthorization = "other.x" }));
    }

    [Fact]
    public void Only_the_last_ones_are_kept()
    {
        var first = _certificates.For(Probes.Pending("shop.test"));
        for (var i = 0; i < 255; i++) _certificates.For(Probes.Pending($"{i}.test"));
        Assert.Same(first, _certificates.For(Probes.Pending("shop.test")));

        _certificates.For(Probes.Pending("one-more.test"));

        Assert.NotSame(first, _certificates.For(Probes.Pending("shop.test")));
    }
}
