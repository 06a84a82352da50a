using AcmeKestrel.Tests.Serving;

namespace AcmeKestrel.Tests.Soak;

/// <summary>No handshake fails (promise 4): full and resumed ones of both versions of TLS for many more names than may be loaded, while certificates are replaced and make room for each other.</summary>
public sealed class SoakTests(ITestOutputHelper output)
{
    /// <summary>The platform closes contexts that nobody has at each 32nd that is made; two such rounds are left to those that the tests beside this one make at the same moment.</summary>
    private const int Unswept = 64;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task No_handshake_fails_or_is_shown_an_old_certificate_while_certificates_are_replaced_and_make_room_and_their_memory_is_given_back()
    {
        var size = SoakSize.Current;
        using var state = await SoakState.CreateAsync(size.Names, Cancel);
        await using var edge = new SoakEdge(state, size);
        await edge.StartAsync(Cancel);
        var visits = new SoakVisits(edge, state, size, output.WriteLine);

        await visits.RunAsync(Cancel);
        visits.Report();

        Assert.True(visits.Failures.Count == 0, string.Join('\n', visits.Failures));
        Assert.True(edge.Complaints.Count == 0, string.Join('\n', edge.Complaints));
        Assert.Equal((size.Handshakes, size.Swaps), (visits.Full + visits.Resumed, visits.Swaps));
        Assert.All([visits.Full, visits.Resumed, visits.Older], count => Assert.NotEqual(0, count));

        // When the last connection has gone, what is open is what would be served at once.
        await Eventually.TrueAsync(() => edge.Ready(state.Names).IsSupersetOf(edge.Certificates.Open));
        Assert.InRange(edge.Ready(state.Names).Count, 1, size.MaxLoaded);
        Assert.InRange(edge.Places, 1, size.MaxLoaded);

        // Those that made room, at least.
        Assert.InRange(edge.Certificates.Count - size.MaxLoaded - size.Swaps, size.Swaps, int.MaxValue);
        // Where connections share a context nothing need be held.
        Assert.InRange(edge.Hot, 0, size.HotNames);
        await Eventually.TrueAsync(async () =>
        {
            await visits.VisitOnceMoreAsync(Cancel);
            return edge.Sessions.Open.Count <= edge.Hot + Unswept;
        });
    }
}
