using AcmeKestrel.Diagnostics;

namespace AcmeKestrel.Tests.Hostile;

/// <summary>A certificate's whole way against every fault of every resource on it, once or for ever (<see cref="Cells"/>): in virtual time, and with a healthy name beside it.</summary>
public sealed class LifecycleMatrixTests
{
    /// <summary>What a passing fault may cost beside the failed requests: two names are ordered in 17, a lost order of one is 6 more, two looks at what a CA that may have been told is doing 4.</summary>
    private const int RequestsBesidesAPassingFault = 25;

    /// <summary>Until the first retry that is promised, and for what is asked then.</summary>
    private static readonly TimeSpan FirstRetry = TimeSpan.FromMinutes(3);

    private static readonly TimeSpan LastRung = TimeSpan.FromDays(1) * 1.1;

    /// <summary>Everybody needs them, so that no name can be healthy without.</summary>
    private static readonly string[] Shared = ["/directory", "/new-nonce", "/new-account"];

    public static TheoryData<string, string> PassingCells() => Cells.Of(lasts: false, LifecycleMatrix.Resources);

    public static TheoryData<string, string> LastingCells() => Cells.Of(lasts: true, LifecycleMatrix.Resources);

    [Fact]
    public void The_table_has_a_row_for_every_fault() => Assert.Equal(Faults.All.Select(fault => fault.Name), LifecycleMatrix.Faults);

    [Theory]
    [MemberData(nameof(PassingCells))]
    public async Task A_fault_that_passes_costs_a_retry_and_no_second_certificate(string path, string faultName)
    {
        var (fault, expected) = (Faults.Named(faultName), LifecycleMatrix.Of(path, faultName));
        var times = path is "/directory" or "/new-nonce" ? 1 : fault.Burst;
        await using var edge = await HostileEdge.StartAsync(fault, path, times);

        await edge.RunAsync((fault.RetryAfter ?? TimeSpan.Zero) + FirstRetry);

        Assert.Equal(times, edge.Transport.Hits);
        Assert.Equal((AcmeCertificateState.Served, 0, null), (edge.Status(HostileEdge.Bad).State, edge.Status(HostileEdge.Bad).Failures, edge.Status(HostileEdge.Bad).Reason));
        Assert.Equal(AcmeCertificateState.Served, edge.Status(HostileEdge.Good).State);
        Assert.Equal((1, 0), (edge.Certificates, edge.OrderRecords));
        Assert.InRange(edge.NewOrders, 1, expected.Orders > 1 ? 2 : 1);
        Assert.InRange(edge.Transport.Requests.Count - times, 1, RequestsBesidesAPassingFault);
        edge.AssertNoSecretWasTold();
    }

    [Theory]
    [MemberData(nameof(LastingCells))]
    public async Task A_fault_that_lasts_is_told_and_asked_seldom_and_its_end_is_found(string path, string faultName)
    {
        var (fault, expected) = (Faults.Named(faultName), LifecycleMatrix.Of(path, faultName));
        await using var edge = await HostileEdge.StartAsync(fault, path);

        await edge.RunAsync((fault.RetryAfter ?? TimeSpan.Zero) + FirstRetry);
        if (!Shared.Contains(path)) Assert.Equal((AcmeCertificateState.Served, 0), (edge.Status(HostileEdge.Good).State, edge.Status(HostileEdge.Good).Failures));

        await edge.RunAsync(TimeSpan.FromDays(2));
        AssertState(edge, fault, expected.End);
        AssertBounded(edge, expected);

        edge.Transport.Fault = null;
        await edge.RunAsync(LastRung + FirstRetry);
        Assert.Equal((AcmeCertificateState.Served, 0, null), (edge.Status(HostileEdge.Bad).State, edge.Status(HostileEdge.Bad).Failures, edge.Status(HostileEdge.Bad).Reason));
        Assert.Equal(AcmeCertificateState.Served, edge.Status(HostileEdge.Good).State);
        Assert.Equal(0, edge.OrderRecords);
        // Of five orders the CA issued and the chain came damaged; the sixth is the good one.
        Assert.Equal(path == "/certificate/*" && expected.End is End.Failing ? 6 : 1, edge.Certificates);
        edge.AssertNoSecretWasTold();
    }

    private static void AssertState(HostileEdge edge, Fault fault, End end)
    {
        var status = edge.Status(HostileEdge.Bad);
        if (end is End.HeldOrFailing) end = status.State is AcmeCertificateState.Held ? End.Held : End.Failing;
        Assert.Equal(end, status.State switch { AcmeCertificateState.Served => End.Served, AcmeCertificateState.Held => End.Held, AcmeCertificateState.Failing => End.Failing, _ => null as End? });
        if (end is End.Served) return;

        string[] told =
        [
            fault.Says, "asked to wait (Retry-After)", "the downloaded chain is damaged", "without a nonce", "The CA sent no", "not this one (badNonce)", "the CA did not validate it within 15 minutes",
        ];
        Assert.Contains(told, word => status.Reason!.Contains(word, StringComparison.Ordinal));
        // A fault of the CA's side is no name's, and its order goes on; a refused order is over.
        Assert.Equal(end is End.Held ? 1 : 0, edge.OrderRecords);
        Assert.Equal(end is End.Held, status.Failures == 0);
    }

    private static void AssertBounded(HostileEdge edge, Expectation expected)
    {
        Assert.Equal((expected.Failed, expected.Orders), (edge.Transport.Hits, edge.NewOrders));
        Assert.InRange(edge.Transport.Requests.Count - edge.Transport.Hits, 0, MostRequestsBesides(expected.End));
        // A megabyte is more than any answer needs; what came with its last packet was read, too.
        Assert.InRange(edge.Transport.Flood.Longest, 0, (1024 + 16) * 1024);
    }

    /// <summary>The most a name may cost in two days beside the failed requests, with the healthy name's 14 and the looks at its renewal info.</summary>
    private static int MostRequestsBesides(End end) => end switch
    {
        // The order goes on with the first good answer; each of the eight looks at two certificates' renewal info is one request, and the directory is read again for it.
        // One whose answer was lost is looked at three times more.
        End.Served => 43,

        // Each of up to 52 attempts reads the directory again, which is old by then, and gets a nonce.
        End.Held => 125,

        // Five orders: up to nine requests each, an authorization given up included.
        End.Failing => 68,

        // Each of six orders waits 15 minutes for its validation: a hundred looks at the order and its authorization, the later the rarer.
        _ => 1280,
    };
}
