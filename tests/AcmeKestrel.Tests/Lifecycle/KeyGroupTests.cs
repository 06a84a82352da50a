using AcmeKestrel.Certificates;
using AcmeKestrel.Storage;
using AcmeKestrel.Storage.Files;
using AcmeKestrel.Storage.Files.Kernel;
using AcmeKestrel.Tests.Storage;
using Microsoft.Extensions.Time.Testing;

namespace AcmeKestrel.Tests.Lifecycle;

/// <summary><c>Acme:KeyGroup</c>: whoever may read a certificate's key may read the next one's.</summary>
public sealed class KeyGroupTests : IDisposable
{
    private const string Shop = "shop.test";

    /// <summary>Root may give it; others only what they are members of.</summary>
    private const string Group = "daemon";

    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 11, 23, 12, 0, 0, TimeSpan.Zero));
    private readonly StateFolder _state;
    private readonly TestSettings _settings = new();
    private readonly TestCa _ca;
    private StateDirectoryStore? _store;

    public KeyGroupTests() => (_state, _ca) = (new StateFolder(_time), new TestCa(_time));

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _state.Dispose();

    [Fact]
    public async Task It_is_kept_over_renewals_and_rollbacks_and_by_another_label_that_takes_over()
    {
        NeedsRoot();
        await using (var edge = await StartAsync(Group, Wishes.Of(Shop, [Shop, "b.test"])))
        {
            await edge.SettleAsync(Shop);
            AssertHasGroup(Shop);

            await RenewAsync(edge);
            AssertHasGroup(Shop);

            var back = edge.Get<IAcmeCertificates>().RollBackAsync(Shop, Token);
            await edge.RunAsync(TimeSpan.FromSeconds(10));
            Assert.True((await back)!.IsRolledBack);
            AssertHasGroup(Shop);
        }

        await using var next = await StartAsync(Group, Wishes.Of("front", ["b.test", Shop]));
        Assert.Equal((AcmeCertificateState.Served, null), await next.SettleAsync("front") is var settled ? (settled.State, settled.Reason) : default);
        Assert.Equal(2, _ca.NewOrders.Count);
        AssertHasGroup("front");
    }

    [Fact]
    public async Task Another_group_counts_for_the_next_certificate_and_stored_keys_keep_theirs()
    {
        NeedsRoot();
        await using (var edge = await StartAsync(null, Wishes.Of(Shop)))
        {
            await edge.SettleAsync(Shop);
            Assert.Equal((FileModes.PrivateFile, 0u), KeyOf(Shop));
        }

        await using (var edge = await StartAsync(Group, Wishes.Of(Shop)))
        {
            await edge.RunAsync(TimeSpan.FromMinutes(1));
            Assert.Equal((FileModes.PrivateFile, 0u), KeyOf(Shop));

            await RenewAsync(edge);
            AssertHasGroup(Shop);
        }
    }

    [Fact]
    public async Task A_group_that_cannot_be_given_is_a_warning_and_the_certificate_is_served()
    {
        await using var edge = await StartAsync("nobody-knows-us", Wishes.Of(Shop));

        Assert.Equal(AcmeCertificateState.Served, (await edge.SettleAsync(Shop)).State);
        Assert.Equal(FileModes.PrivateFile, KeyOf(Shop).Mode);
        Assert.Contains(_state.Log, line => line.StartsWith("Warning 205", StringComparison.Ordinal));
    }

    private static void NeedsRoot() => Assert.SkipUnless(Environment.IsPrivilegedProcess, "Only root gives files to a group that it is no member of: run the tests as root.");

    /// <summary>The process before it has ended, its locks with it.</summary>
    private Task<Edge> StartAsync(string? group, params Wish[] wishes)
    {
        _store?.Dispose();
        _store = _state.Open(group);
        return Edge.StartAsync(_time, _ca, _settings, new AnsweringStore(_store), wishes);
    }

    private static async Task RenewAsync(Edge edge)
    {
        await edge.RunAsync(TimeSpan.FromDays(1));
        var renewal = edge.Get<IAcmeCertificates>().RenewAsync(Shop, Token);
        await edge.RunAsync(TimeSpan.FromMinutes(1));
        Assert.Equal((AcmeCertificateState.Served, null), await renewal is { } renewed ? (renewed.State, renewed.Reason) : default);
    }

    private void AssertHasGroup(string label) => Assert.Equal((FileModes.GroupFile, Posix.FindGroup(Group)!.Value), KeyOf(label));

    private (UnixFileMode Mode, uint Group) KeyOf(string label)
    {
        var path = _state[$"certs/{label}/privkey"];
        using var key = File.OpenHandle(path);
        return (File.GetUnixFileMode(key), Posix.FindStatus(key)!.Value.Group);
    }

    /// <summary>At once, as whoever shows certificates to a visitor wants it in these tests.</summary>
    private sealed class AnsweringStore(IAcmeStore inner) : DelegatingStore(inner)
    {
        public override ValueTask<StoreRecord?> ReadAsync(RecordKey key, CancellationToken cancellationToken) => new(Task.Run(() => base.ReadAsync(key, cancellationToken).AsTask(), cancellationToken).GetAwaiter().GetResult());
    }
}
