using System.Security.Cryptography.X509Certificates;
using AcmeKestrel.Certificates;
using AcmeKestrel.Lifecycle;
using AcmeKestrel.Lifecycle.Telling;
using AcmeKestrel.LocalCa;
using AcmeKestrel.Storage;

namespace AcmeKestrel.Tests.Lifecycle;

/// <summary>Certificates that the CA has revoked and nobody here has asked for: told by renewal info, or by the list that they name.</summary>
public sealed class RevokedByTheCaTests : IAsyncDisposable
{
    private const string Shop = "shop.test";

    private readonly AccountEdge _world = new(options => (options.CrlDistributionPoint, options.RenewalInfo) = (true, false));

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public ValueTask DisposeAsync() => _world.DisposeAsync();

    [Theory]
    [InlineData(1, AcmeRevocationReason.KeyCompromise, false)]
    [InlineData(4, AcmeRevocationReason.Superseded, true)]
    [InlineData(null, AcmeRevocationReason.Unspecified, true)]
    public async Task What_the_list_says_is_revoked_is_replaced_with_a_new_key_where_that_is_compromised(int? code, AcmeRevocationReason reason, bool isReused)
    {
        await _world.SeedAsync();
        await using var edge = await _world.StartAsync(Wishes.Of(Shop) with { ReuseKey = true });
        await edge.RunAsync(TimeSpan.FromSeconds(5));
        var first = edge.Published.Current[Shop];
        await RevokeElsewhereAsync(edge, first, code);

        await edge.Get<RevocationWatch>().LookAsync(Shop, Token);
        await edge.RunAsync(TimeSpan.FromSeconds(30));

        var second = edge.Published.Current[Shop];
        Assert.NotEqual(first.Id, second.Id);
        Assert.Equal(isReused, first.PrivateKeyPkcs8.Span.SequenceEqual(second.PrivateKeyPkcs8.Span));
        Assert.False(StatusOf(second).IsRevoked);
        var found = Assert.Single(edge.Events.All.OfType<LabelEvent.RevocationBegun>());
        Assert.Equal((true, reason), (found.Request.Found is not null, found.Revocation.Reason));
        Assert.Equal((AcmeCertificateState.Served, null), (edge.Status(Shop).State, edge.Status(Shop).Revocation));
        Assert.Empty(_world.Store.All(RecordKind.Revocation));
        Assert.Single(_world.Requests, request => request == "revoke-cert");
    }

    [Fact]
    public async Task A_good_certificate_costs_one_look_at_the_list_for_a_while()
    {
        await _world.SeedAsync();
        await using var edge = await _world.StartAsync(Wishes.Of(Shop), Wishes.Of("other.test"));
        await edge.RunAsync(TimeSpan.FromMinutes(1));
        var first = edge.Published.Current[Shop].Id;

        foreach (var label in (string[])[Shop, "other.test", Shop]) await edge.Get<RevocationWatch>().LookAsync(label, Token);
        Assert.Single(_world.Requests, request => request == "crl");
        await edge.RunAsync(TimeSpan.FromHours(23));
        await edge.Get<RevocationWatch>().LookAsync(Shop, Token);
        Assert.Single(_world.Requests, request => request == "crl");
        await edge.RunAsync(TimeSpan.FromHours(2));
        await edge.Get<RevocationWatch>().LookAsync(Shop, Token);

        Assert.Equal(2, _world.Requests.Count(request => request == "crl"));
        Assert.Equal(first, edge.Published.Current[Shop].Id);
    }

    [Fact]
    public async Task What_is_known_to_be_revoked_is_not_found_again()
    {
        await _world.SeedAsync();
        await using var edge = await _world.StartAsync(Wishes.Of(Shop));
        await edge.RunAsync(TimeSpan.FromSeconds(5));
        await RevokeElsewhereAsync(edge, edge.Published.Current[Shop], 1);
        _world.Options.Validator = (_, _) => ValueTask.FromResult<ChallengeProblem?>(new ChallengeProblem("connection", "nobody is there"));

        for (var look = 0; look < 2; look++)
        {
            await edge.Get<RevocationWatch>().LookAsync(Shop, Token);
            await edge.RunAsync(TimeSpan.FromDays(2));
        }

        Assert.Single(edge.Events.All.OfType<LabelEvent.RevocationBegun>());
    }

    /// <summary>The CA will not revoke the one before it, or nobody can ask it to.</summary>
    [Fact]
    public async Task What_has_the_place_of_one_whose_revocation_does_not_end_is_looked_for_as_any_other()
    {
        await _world.SeedAsync();
        await using var edge = await _world.StartAsync(Wishes.Of(Shop));
        await edge.RunAsync(TimeSpan.FromSeconds(5));
        var first = edge.Published.Current[Shop];
        _world.Answer = (request, next) => request.Resource == "revoke-cert" ? AccountEdge.Problem(403, "unauthorized", "not yours") : next(request);
        var revocation = edge.Get<IAcmeCertificates>().RevokeAsync(Shop, AcmeRevocationReason.Superseded, Token);
        await edge.RunAsync(TimeSpan.FromSeconds(30));
        Assert.False((await revocation)!.IsRevoked);
        var second = edge.Published.Current[Shop];
        Assert.NotEqual(first.Id, second.Id);

        var refusing = _world.Answer;
        _world.Answer = (request, next) => next(request);
        await RevokeElsewhereAsync(edge, second, 1);
        _world.Answer = refusing;
        await edge.Get<RevocationWatch>().LookAsync(Shop, Token);
        await edge.RunAsync(TimeSpan.FromSeconds(30));

        Assert.DoesNotContain(edge.Published.Current[Shop].Id, (string[])[first.Id, second.Id]);
        Assert.Equal(AcmeRevocationReason.KeyCompromise, edge.Status(Shop).Revocation!.Reason);
    }

    [Fact]
    public async Task What_has_expired_is_not_looked_for()
    {
        await _world.SeedAsync();
        _world.Time.Advance(TimeSpan.FromDays(91));
        await using var edge = await _world.StartAsync(Wishes.Of(Shop));

        await edge.Get<RevocationWatch>().LookAsync(Shop, Token);

        Assert.Empty(_world.Requests);
    }

    [Fact]
    public async Task Without_a_list_in_the_certificate_nothing_is_fetched()
    {
        _world.Options.CrlDistributionPoint = false;
        await _world.SeedAsync();
        await using var edge = await _world.StartAsync(Wishes.Of(Shop));

        await edge.Get<RevocationWatch>().LookAsync(Shop, Token);

        Assert.DoesNotContain("crl", _world.Requests);
    }

    [Theory]
    [InlineData("404")]
    [InlineData("redirect")]
    [InlineData("page")]
    [InlineData("large")]
    [InlineData("forged")]
    public async Task A_list_that_cannot_be_had_or_is_not_the_issuers_blames_nobody_and_is_left_alone_for_an_hour(string how)
    {
        await _world.SeedAsync();
        await using var edge = await _world.StartAsync(Wishes.Of(Shop));
        await edge.RunAsync(TimeSpan.FromSeconds(5));
        var first = edge.Published.Current[Shop];
        await RevokeElsewhereAsync(edge, first, 1);
        _world.Answer = (request, next) => request.Resource != "crl" ? next(request) : how switch
        {
            "404" => new LocalCaReply(404, [], null, default),
            "redirect" => new LocalCaReply(302, [new("Location", "https://ca.test/crl2")], null, default),
            "page" => new LocalCaReply(200, [], "text/html", "<html>"u8.ToArray()),
            "large" => new LocalCaReply(200, [], "application/pkix-crl", new byte[(8 * 1024 * 1024) + 1]),
            _ => Forged(next(request)),
        };

        await edge.Get<RevocationWatch>().LookAsync(Shop, Token);
        await edge.Get<RevocationWatch>().LookAsync(Shop, Token);
        await edge.RunAsync(TimeSpan.FromMinutes(5));

        Assert.Single(_world.Requests, request => request == "crl");
        Assert.Equal((first.Id, AcmeCertificateState.Served), (edge.Published.Current[Shop].Id, edge.Status(Shop).State));
        Assert.Null((await edge.LedgerAsync(_world.Settings.Provider)).Circuit.State);

        _world.Answer = (request, next) => next(request);
        await edge.RunAsync(TimeSpan.FromHours(1));
        await edge.Get<RevocationWatch>().LookAsync(Shop, Token);
        await edge.RunAsync(TimeSpan.FromMinutes(1));
        Assert.NotEqual(first.Id, edge.Published.Current[Shop].Id);
    }

    [Fact]
    public async Task A_list_that_never_comes_is_given_up()
    {
        await _world.SeedAsync();
        await using var edge = await _world.StartAsync(Wishes.Of(Shop));
        await edge.RunAsync(TimeSpan.FromSeconds(5));
        _world.Options.Delay = request => request.Resource == "crl" ? TimeSpan.FromDays(1) : TimeSpan.Zero;

        var look = edge.Get<RevocationWatch>().LookAsync(Shop, Token);
        Assert.False(look.IsCompleted);
        _world.Time.Advance(TimeSpan.FromSeconds(31));
        await look.WaitAsync(TimeSpan.FromSeconds(30), Token);

        Assert.Equal(AcmeCertificateState.Served, edge.Status(Shop).State);
    }

    [Fact]
    public async Task It_is_on_record_until_another_certificate_is_here()
    {
        await _world.SeedAsync();
        Generation first;
        await using (var edge = await _world.StartAsync(Wishes.Of(Shop)))
        {
            await edge.RunAsync(TimeSpan.FromSeconds(5));
            first = edge.Published.Current[Shop];
            await RevokeElsewhereAsync(edge, first, 1);
            _world.Options.Validator = (_, _) => ValueTask.FromResult<ChallengeProblem?>(new ChallengeProblem("connection", "nobody is there"));
            await edge.Get<RevocationWatch>().LookAsync(Shop, Token);
            await edge.RunAsync(TimeSpan.FromSeconds(30));

            Assert.Equal((true, AcmeRevocationReason.KeyCompromise), (edge.Status(Shop).Revocation!.IsRevoked, edge.Status(Shop).Revocation!.Reason));
        }

        _world.Options.Validator = null;
        await using var next = await _world.StartAsync(Wishes.Of(Shop) with { ReuseKey = true });
        await next.RunAsync(TimeSpan.FromDays(1.2));

        Assert.NotEqual(first.Id, next.Published.Current[Shop].Id);
        Assert.False(first.PrivateKeyPkcs8.Span.SequenceEqual(next.Published.Current[Shop].PrivateKeyPkcs8.Span));
        Assert.Null(next.Status(Shop).Revocation);
        Assert.Single(_world.Requests, request => request == "revoke-cert");
    }

    /// <summary>RFC 9773 section 4.2; the CA names no list.</summary>
    [Fact]
    public async Task A_window_that_is_over_with_nothing_due_brings_another_certificate_with_another_key()
    {
        (_world.Options.CrlDistributionPoint, _world.Options.RenewalInfo) = (false, true);
        await _world.SeedAsync();
        await using var edge = await _world.StartAsync(Wishes.Of(Shop) with { ReuseKey = true });
        await edge.RunAsync(TimeSpan.FromSeconds(5));
        var first = edge.Published.Current[Shop];
        await RevokeElsewhereAsync(edge, first, 1);

        await edge.RunAsync(TimeSpan.FromHours(7));

        var second = edge.Published.Current[Shop];
        Assert.NotEqual(first.Id, second.Id);
        Assert.False(first.PrivateKeyPkcs8.Span.SequenceEqual(second.PrivateKeyPkcs8.Span));
    }

    /// <summary>A CA that always says "now" is not believed again and again; what its list says is.</summary>
    [Fact]
    public async Task A_window_that_is_not_believed_has_the_list_looked_at()
    {
        _world.Options.RenewalInfo = true;
        await _world.SeedAsync();
        await using var edge = await _world.StartAsync(Wishes.Of(Shop));
        await edge.RunAsync(TimeSpan.FromMinutes(1));
        for (var round = 0; round < 2; round++)
        {
            await RevokeElsewhereAsync(edge, edge.Published.Current[Shop], 4);
            await edge.RunAsync(TimeSpan.FromHours(7));
        }

        var last = edge.Published.Current[Shop];
        Assert.True(StatusOf(last).IsRevoked);
        await edge.Get<RevocationWatch>().LookAtHurriedAsync(Token);
        await edge.RunAsync(TimeSpan.FromMinutes(1));

        Assert.NotEqual(last.Id, edge.Published.Current[Shop].Id);
        Assert.False(StatusOf(edge.Published.Current[Shop]).IsRevoked);
    }

    /// <summary>The CA, or another client of the account, does it.</summary>
    private async Task RevokeElsewhereAsync(Edge edge, Generation generation, int? code) =>
        await (await edge.AccountAsync(_world.Settings.Provider, AccountEdge.Email)).RevokeAsync(generation.Chain.Leaf, code, Token);

    /// <summary>As somebody on the way might change it.</summary>
    private static LocalCaReply Forged(LocalCaReply reply)
    {
        var body = reply.Body.ToArray();
        body[^1] ^= 1;
        return reply with { Body = body };
    }

    private LocalCaCertificateStatus StatusOf(Generation generation)
    {
        using var leaf = X509CertificateLoader.LoadCertificate(generation.Chain.Leaf.Span);
        return _world.Ca.StatusOf(leaf.SerialNumber)!;
    }
}
