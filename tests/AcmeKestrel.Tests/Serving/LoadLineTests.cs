using AcmeKestrel.Certificates;
using AcmeKestrel.Serving;
using AcmeKestrel.Serving.Finding;

namespace AcmeKestrel.Tests.Serving;

/// <summary>How many cold certificates one network may wait for.</summary>
public sealed class LoadLineTests : IDisposable
{
    private const string Crowd = "198.51.100.9";
    private static readonly TestCa Ca = new();
    private static readonly ServingLimits Limits = new();

    private readonly FindingScene _scene = new();

    public void Dispose() => _scene.Dispose();

    /// <summary>Behind a balancer that passes connections on all visitors are one network, and after a restart all names are cold.</summary>
    [Fact]
    public async Task A_network_that_nobody_else_waits_beside_waits_for_as_many_as_it_likes()
    {
        var crowd = await GatherAsync(Limits.MaxLoadsOfAsker + 200);

        _scene.Shelf.Gate!.SetResult();

        Assert.All(await Task.WhenAll(crowd), Assert.NotNull);
        Assert.DoesNotContain(_scene.Log.Lines, line => line.StartsWith("461 ", StringComparison.Ordinal));
    }

    [Fact]
    public async Task While_another_network_waits_one_waits_for_so_many_and_of_one_more_the_connection_ends()
    {
        var waiting = await GatherAsync(Limits.MaxLoads + Limits.MaxLoadsOfAsker);
        string[] names = ["visitor.test", "more.test", "most.test"];
        foreach (var name in names) _scene.Store(Ca.Issue(name));
        waiting.Add(FindAsync("visitor.test", "203.0.113.1"));

        await Assert.ThrowsAsync<CertificateLateException>(() => FindAsync("more.test", Crowd));
        await Assert.ThrowsAsync<CertificateLateException>(() => FindAsync("most.test", Crowd));
        Assert.Equal(1, Said());
        waiting.Add(FindAsync("more.test", "203.0.113.1"));
        _scene.Shelf.Gate!.SetResult();

        Assert.All(await Task.WhenAll(waiting), Assert.NotNull);
        await FindAsync("most.test", Crowd);

        // However many names somebody knows.
        int Said() => _scene.Log.Lines.Count(line => line.StartsWith("461 ", StringComparison.Ordinal));
    }

    /// <summary>So many wait, all of one network; as many of them as may be read at once are being read.</summary>
    private async Task<List<Task<LoadedCertificate?>>> GatherAsync(int count)
    {
        // A key is made once, or it would be most of what happens here.
        var one = Ca.Issue("n.test");
        _scene.Shelf.Gate = new TaskCompletionSource();
        var crowd = new List<Task<LoadedCertificate?>>(count);
        for (var i = 0; i < count; i++)
        {
            var name = $"n{i}.test";
            _scene.Store(one with { Label = name, Chain = one.Chain with { Identifiers = [AcmeIdentifier.Parse(name)] } });
            crowd.Add(FindAsync(name, Crowd));
        }

        await _scene.Shelf.ReachedAsync(Limits.MaxLoads);
        return crowd;
    }

    private Task<LoadedCertificate?> FindAsync(string name, string remote) => _scene.FindAsync(name, remote: remote).AsTask();
}
