using System.Net;
using AcmeKestrel.Protocol;
using AcmeKestrel.Protocol.Transport;

namespace AcmeKestrel.Tests.Protocol;

public sealed class NonceTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(19)]
    [InlineData(20)]
    public async Task Rejected_nonces_are_followed_by_resends_with_the_nonce_of_the_error(int rejections)
    {
        using var ca = new ScriptedCa { Rejections = rejections };
        ca.Answers["/order/1"] = _ => ScriptedCa.Json(Json.Order());

        var order = await ca.Account().GetOrderAsync(ScriptedCa.Base + "/order/1", TestContext.Current.CancellationToken);

        Assert.Equal(AcmeStatus.Pending, order.Status);
        Assert.Equal(rejections + 1, ca.Count("/order/1"));
        Assert.Equal(1, ca.Count("/nonce"));
    }

    [Fact]
    public async Task Rejection_without_end_is_met_with_patience_and_then_blames_the_CA()
    {
        using var ca = new ScriptedCa { Rejections = int.MaxValue };
        var account = ca.Account();
        var begun = ca.Time.GetUtcNow();
        var sent = new List<TimeSpan>();
        ca.Intercept = (request, _) =>
        {
            if (request.Method == HttpMethod.Post) sent.Add(ca.Time.GetUtcNow() - begun);
            return Task.FromResult<HttpResponseMessage?>(null);
        };

        var fault = await Assert.ThrowsAsync<AcmeException>(() => account.GetOrderAsync(ScriptedCa.Base + "/order/1", TestContext.Current.CancellationToken));

        Assert.Equal(21, sent.Count);
        Assert.Equal(TimeSpan.Zero, sent[3]);
        Assert.True(sent[^1] > TimeSpan.FromSeconds(3), $"{sent[^1]}");
        Assert.Equal(AcmeFault.Server, fault.Fault);
        Assert.True(fault.IsProviderFault);
    }

    [Fact]
    public async Task A_rejected_nonce_takes_the_older_ones_with_it()
    {
        const int Burst = 5;
        using var ca = new ScriptedCa();
        ca.Answers["/order/1"] = _ => ScriptedCa.Json(Json.Order());
        var account = ca.Account();
        var url = ScriptedCa.Base + "/order/1";
        await AtOnceAsync();
        ca.Restart();

        await account.GetOrderAsync(url, TestContext.Current.CancellationToken);
        await AtOnceAsync();

        // One was rejected and sent again, no other.
        Assert.Equal(Burst + 2 + Burst, ca.Count("/order/1"));

        async Task AtOnceAsync()
        {
            var (waiting, all) = (0, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
            ca.Intercept = async (request, _) =>
            {
                if (request.Method != HttpMethod.Post || all.Task.IsCompleted) return null;
                if (Interlocked.Increment(ref waiting) == Burst) all.SetResult();
                await all.Task;
                return null;
            };
            await Task.WhenAll(Enumerable.Range(0, Burst).Select(_ => account.GetOrderAsync(url, TestContext.Current.CancellationToken)));
            ca.Intercept = null;
        }
    }

    /// <summary>They came after what made the older ones stale.</summary>
    [Fact]
    public void A_rejected_nonce_leaves_the_newer_ones()
    {
        using var ca = new ScriptedCa();
        var pool = new NoncePool(ca.Time);
        foreach (var nonce in new[] { "older", "rejected" }) pool.Add(nonce);
        Assert.True(pool.TryTake(out var rejected));
        pool.Add("newer");

        pool.Reject(rejected);

        Assert.True(pool.TryTake(out var left));
        Assert.Equal("newer", left.Value);
        Assert.False(pool.TryTake(out _));
    }

    [Theory]
    [InlineData("/new-account")]
    [InlineData("/new-order")]
    [InlineData("/order/1")]
    [InlineData("/authz/1")]
    [InlineData("/chall/1")]
    [InlineData("/order/1/finalize")]
    [InlineData("/cert/1")]
    [InlineData("/revoke")]
    [InlineData("/acct/1")]
    public async Task Every_resource_may_reject_a_nonce(string path)
    {
        using var ca = new ScriptedCa { Rejections = 3 };
        ca.Answers["/new-account"] = _ => ScriptedCa.Json("{}", HttpStatusCode.Created, ("Location", ScriptedCa.AccountUrl));
        ca.Answers["/new-order"] = _ => ScriptedCa.Json(Json.Order(), HttpStatusCode.Created, ("Location", ScriptedCa.Base + "/order/1"));
        ca.Answers["/order/1"] = ca.Answers["/order/1/finalize"] = _ => ScriptedCa.Json(Json.Order("ready"));
        ca.Answers["/authz/1"] = _ => ScriptedCa.Json(Json.Authorization());
        ca.Answers["/chall/1"] = _ => ScriptedCa.Json(Json.Challenge());
        ca.Answers["/cert/1"] = ca.Answers["/revoke"] = ca.Answers["/acct/1"] = _ => ScriptedCa.Json("");
        var account = ca.Account();
        var ct = TestContext.Current.CancellationToken;
        var order = new AcmeOrder(ScriptedCa.Base + "/order/1", AcmeStatus.Ready, [], [], ScriptedCa.Base + "/order/1/finalize");

        await (path switch
        {
            "/new-account" => account.Client.RegisterAsync(account.Key, new AcmeRegistration(), ct),
            "/new-order" => account.OrderAsync(new([]), ct),
            "/order/1" => account.GetOrderAsync(order.Url, ct),
            "/authz/1" => account.GetAuthorizationAsync(ScriptedCa.Base + path, ct),
            "/chall/1" => account.AnswerAsync(ScriptedCa.Base + path, ct),
            "/order/1/finalize" => account.FinalizeAsync(order, new byte[] { 1 }, ct),
            "/cert/1" => account.DownloadAsync(ScriptedCa.Base + path, ct),
            "/revoke" => account.RevokeAsync(new byte[] { 0x30 }, cancellationToken: ct),
            _ => account.DeactivateAsync(ct),
        });

        Assert.Equal(4, ca.Count(path));
    }

    [Fact]
    public async Task A_nonce_is_never_used_again_after_a_timeout()
    {
        using var ca = new ScriptedCa();
        ca.Answers["/order/1"] = _ => ScriptedCa.Json(Json.Order());
        var account = ca.Account();
        var url = ScriptedCa.Base + "/order/1";
        await account.GetOrderAsync(url, TestContext.Current.CancellationToken);

        // The CA reads the request and its answer is lost.
        ca.Answers["/order/1"] = _ => throw new HttpRequestException("cut off");
        var fault = await Assert.ThrowsAsync<AcmeException>(() => account.GetOrderAsync(url, TestContext.Current.CancellationToken));
        Assert.Equal(AcmeFault.Connection, fault.Fault);
        Assert.True(fault.MayHaveBeenProcessed);

        // ScriptedCa fails the test when a nonce comes twice.
        ca.Answers["/order/1"] = _ => ScriptedCa.Json(Json.Order());
        await account.GetOrderAsync(url, TestContext.Current.CancellationToken);
        Assert.Equal(2, ca.Count("/nonce"));
    }

    [Fact]
    public async Task Two_hundred_at_once_share_one_pool_and_never_a_nonce()
    {
        using var ca = new ScriptedCa();
        ca.Answers["/order/1"] = _ => ScriptedCa.Json(Json.Order());
        ca.Intercept = async (_, _) =>
        {
            await Task.Yield();
            return null;
        };
        var account = ca.Account();

        await Task.WhenAll(Enumerable.Range(0, 200).Select(_ => Task.Run(() => account.GetOrderAsync(ScriptedCa.Base + "/order/1"))));

        Assert.Equal(200, ca.Count("/order/1"));
        Assert.Equal(1, ca.Count("/dir"));
        Assert.InRange(ca.Count("/nonce"), 1, 200);
    }

    [Fact]
    public void Old_nonces_are_dropped()
    {
        using var ca = new ScriptedCa();
        var pool = new NoncePool(ca.Time);
        pool.Add("old");
        ca.Time.Advance(NoncePool.MaxAge - TimeSpan.FromSeconds(1));
        pool.Add("new");
        ca.Time.Advance(TimeSpan.FromSeconds(2));

        Assert.True(pool.TryTake(out var nonce));
        Assert.Equal("new", nonce.Value);
        Assert.False(pool.TryTake(out _));
    }

    [Theory]
    [InlineData("")]
    [InlineData("with blank")]
    [InlineData("padded=")]
    [InlineData("slash/")]
    [InlineData("ümlaut")]
    public void A_nonce_that_is_no_base64url_is_ignored(string nonce)
    {
        using var ca = new ScriptedCa();
        var pool = new NoncePool(ca.Time);

        pool.Add(nonce);
        pool.Add(new string('a', 300));

        Assert.False(pool.TryTake(out _));
    }

    [Fact]
    public void The_pool_is_bounded_and_holds_a_nonce_once()
    {
        using var ca = new ScriptedCa();
        var pool = new NoncePool(ca.Time);
        for (var i = 0; i < 1000; i++)
        {
            pool.Add($"n{i}");
            pool.Add($"n{i}");
        }

        var taken = new List<string>();
        while (pool.TryTake(out var nonce)) taken.Add(nonce.Value);

        Assert.Equal(NoncePool.Capacity, taken.Count);
        Assert.Equal(taken.Count, taken.Distinct().Count());
    }

    [Fact]
    public async Task A_newNonce_without_a_nonce_is_no_ACME()
    {
        using var ca = new ScriptedCa();
        ca.Intercept = (request, _) => Task.FromResult(request.Method == HttpMethod.Head ? ScriptedCa.Answer([], HttpStatusCode.OK, ("Replay-Nonce", "not valid!")) : null);

        var fault = await Assert.ThrowsAsync<AcmeException>(() => ca.Account().GetOrderAsync(ScriptedCa.Base + "/order/1", TestContext.Current.CancellationToken));

        Assert.Equal(AcmeFault.Protocol, fault.Fault);
    }
}
