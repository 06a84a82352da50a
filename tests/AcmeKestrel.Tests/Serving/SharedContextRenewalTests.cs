using System.Runtime.InteropServices;
using System.Security.Authentication;
using AcmeKestrel.Serving.OpenSsl;
using AcmeKestrel.Tests.Lifecycle;

namespace AcmeKestrel.Tests.Serving;

/// <summary>The contexts are the process', so whoever has them made anew does so while nobody else looks for a session.</summary>
[CollectionDefinition(nameof(SharedContextRenewalTests), DisableParallelization = true)]
[Collection(nameof(SharedContextRenewalTests))]
public sealed class SharedContextRenewalTests
{
    [Fact]
    public async Task Of_the_contexts_of_the_day_before_connections_go_on_and_sessions_do_not()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "There are no shared contexts.");
        var first = SharedContexts.Current;
        await SharedContextTests.AreReadyAsync(SslProtocols.Tls13);
        SharedContexts second;
        SafeHandle old;
        await using (var visitors = await Visitors.AtAsync(new TestSettings(), shares: true, SslProtocols.Tls13))
        {
            await visitors.GoRoundAsync();
            Assert.True(await visitors.VisitAsync(1));
            old = visitors.ContextOf(1);
            var before = await visitors.OpenAsync(2);

            second = SharedContexts.Renew(first);
            Assert.NotSame(first, second);
            Assert.Same(second, SharedContexts.Renew(first));
            await SharedContextTests.AreReadyAsync(SslProtocols.Tls13);

            Assert.False(await visitors.VisitAsync(1));
            Assert.True(await visitors.VisitAsync(1));
            Assert.NotSame(old, visitors.ContextOf(1));
            Assert.True(second.Has(visitors.ContextOf(1)));
            await before.Tls.WriteAsync("x"u8.ToArray(), TestContext.Current.CancellationToken);
            await before.Tls.ReadExactlyAsync(new byte[1], TestContext.Current.CancellationToken);
            await before.Tls.DisposeAsync();
            await before.IsOver;
        }

        // The one before is held for whoever was shown it a moment ago; the one before that is not.
        Assert.False(old.IsClosed);
        SharedContexts.Renew(second);
        await using var others = await Visitors.AtAsync(new TestSettings { HotNames = 0 });
        await others.SweepUntilAsync(() => old.IsClosed);
    }
}
