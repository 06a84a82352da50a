using System.Net.Security;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Security.Authentication;
using System.Security.Cryptography;
using AcmeKestrel.Certificates;
using AcmeKestrel.Serving.Finding;
using AcmeKestrel.Serving.Hellos;
using AcmeKestrel.Serving.OpenSsl;

namespace AcmeKestrel.Tests.Serving;

/// <summary>Memory outside .NET goes with the last connection that uses it, and nothing of it waits for the garbage collector, which knows nothing of its size. What waits is counted for the whole process, so nobody else is at work.</summary>
[CollectionDefinition(nameof(ReleasedMemoryTests), DisableParallelization = true)]
[Collection(nameof(ReleasedMemoryTests))]
public sealed class ReleasedMemoryTests
{
    private static readonly TestCa Ca = new();
    private static readonly SslServerAuthenticationOptions Endpoint = new() { EnabledSslProtocols = SslProtocols.None };

    [Theory]
    [InlineData((int)KeyFamily.P256)]
    [InlineData((int)KeyFamily.Rsa)]
    public async Task All_that_OpenSSL_has_of_an_evicted_certificate_goes_with_its_last_connection(int family)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "There are no shared contexts.");
        await SharedContextTests.AreReadyAsync(SslProtocols.None);
        using var scene = new FindingScene();
        scene.Store(Ca.Issue("shop.test", (KeyFamily)family, DateTimeOffset.UtcNow.AddDays(60), "shop.test"));
        var (first, last) = (await TakeAsync(scene, 1), await TakeAsync(scene, 2));
        var shown = first.ContextFor(Endpoint);
        Assert.Same(shown, last.ContextFor(Endpoint));
        var leaf = first.Certificate.Shareable!;
        SafeHandle[] held = [LeafOf(leaf), KeyOf(leaf), ChainOf(leaf), KeyHandleOf(shown)!];

        scene.Table.Withdraw("shop.test");
        first.Release(null);
        Assert.All(held, handle => Assert.False(handle.IsClosed));
        Assert.NotEqual(0, shown.TargetCertificate.Handle);

        last.Release(null);
        Assert.All(held, handle => Assert.True(handle.IsClosed));
        Assert.Equal(0, shown.TargetCertificate.Handle);
    }

    [Fact]
    public void What_was_shown_with_the_contexts_of_a_day_past_goes_with_the_last_connection_that_has_it()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "There are no shared contexts.");
        var generation = Ca.Issue("shop.test");
        using var leaf = OpenSslLeaf.TryOpen(generation.Chain.Leaf.Span, generation.PrivateKeyPkcs8, [])!;
        var unused = Show(leaf);
        unused.Release();
        var past = Show(leaf);
        Assert.Equal(0, unused.Context.TargetCertificate.Handle);
        Assert.NotEqual(0, past.Context.TargetCertificate.Handle);

        var today = Show(leaf);
        Assert.Same(today, leaf.Show(SharedContexts.Current));
        Assert.NotEqual(0, past.Context.TargetCertificate.Handle);
        past.Release();
        Assert.Equal((0, true), (past.Context.TargetCertificate.Handle, KeyHandleOf(past.Context)!.IsClosed));

        today.Release();
        today.Release();
        Assert.NotEqual(0, today.Context.TargetCertificate.Handle);
        leaf.Dispose();
        Assert.Equal(0, today.Context.TargetCertificate.Handle);
    }

    [Theory]
    [InlineData((int)KeyFamily.P256, 512)]
    [InlineData((int)KeyFamily.P256, 0)]
    [InlineData((int)KeyFamily.Rsa, 512)]
    public async Task Nothing_of_evicted_certificates_waits_for_the_garbage_collector(int family, int hotNames)
    {
        const int Evicted = 60;
        await SharedContextTests.AreReadyAsync(SslProtocols.None);
        var generations = Enumerable.Range(0, Evicted).Select(i => Ca.Issue($"n{i}.test", (KeyFamily)family, DateTimeOffset.UtcNow.AddDays(60), $"n{i}.test")).ToList();
        using var scene = new FindingScene();
        scene.Settings.HotNames = hotNames;

        // What ran before may leave something behind at any moment; what these leave comes each time.
        var (idle, least) = (long.MaxValue, long.MaxValue);
        for (var round = 0; round < 4; round++)
        {
            Collect();

            // The platform has some that come back at each collection.
            idle = Math.Min(idle, Collect());
            foreach (var generation in generations) await ComeAndGoAsync(scene, generation);
            least = Math.Min(least, Collect());
        }

        Assert.True(least - idle < Evicted / 2, $"{least} wait, and {idle} without them.");
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static async Task ComeAndGoAsync(FindingScene scene, Generation generation)
    {
        scene.Store(generation);
        var connection = await TakeAsync(scene, 3, generation.Label);
        connection.ContextFor(Endpoint);
        scene.Table.Withdraw(generation.Label);
        connection.Release(null);
        Assert.True(connection.Certificate.IsGone);
    }

    /// <summary>How many objects were found dead that have yet to be finalized.</summary>
    private static long Collect()
    {
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Forced, blocking: true);
        var pending = GC.GetGCMemoryInfo(GCKind.FullBlocking).FinalizationPendingCount;
        GC.WaitForPendingFinalizers();
        return pending;
    }

    private static Showing Show(OpenSslLeaf leaf) => leaf.Show(SharedContexts.Renew(SharedContexts.Current));

    private static async Task<TakenCertificate> TakeAsync(FindingScene scene, ulong random, string name = "shop.test") => new((await scene.FindAsync(name))!, new HelloRandom(ulong.MaxValue, random));

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_leaf")]
    private static extern ref LeafHandle LeafOf(OpenSslLeaf leaf);

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_key")]
    private static extern ref SafeEvpPKeyHandle KeyOf(OpenSslLeaf leaf);

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_chain")]
    private static extern ref OpenSslChain ChainOf(OpenSslLeaf leaf);

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "KeyHandle")]
    private static extern ref SafeEvpPKeyHandle? KeyHandleOf(SslStreamCertificateContext context);
}
