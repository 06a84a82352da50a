using AcmeKestrel.Protocol;
using AcmeKestrel.Protocol.Messages;

namespace AcmeKestrel.Tests.Hostile;

/// <summary>A certificate's whole way against every fault of every resource on it, once and for ever: in virtual time, and with a healthy name beside it.</summary>
public sealed class LifecycleMatrixTests
{
    /// <summary>At 0, 1, 11 and 111 minutes and a day later, with up to a tenth more each: five in two days, and one to spare for a probe in another name's stead.</summary>
    private const int Attempts = 6;

    /// <summary>A fault of the CA's side: at 0, 1 and 11 minutes, then every 100 minutes, with up to a tenth more; and one to spare.</summary>
    private const int AttemptsInAnOutage = 3 + (2 * 24 * 60 / 100) + 1;

    /// <summary>The requests of one attempt beside those that fail: nonces, directory, account, order, authorization, challenge, polls.</summary>
    private const int RequestsOfAnAttempt = 14;

    /// <summary>The requests of an attempt that waits out the 15 minutes of a validation, two a look.</summary>
    private const int RequestsOfALongAttempt = 220;

    /// <summary>In two days the CA is asked eight times, every six hours, when to renew what it issued; the directory is old by then each time.</summary>
    private const int RenewalLooks = 8;

    /// <summary>Until the first retry that is promised, and for what is asked then.</summary>
    private static readonly TimeSpan FirstRetry = TimeSpan.FromMinutes(3);

    private static readonly TimeSpan LastRung = TimeSpan.FromDays(1) * 1.1;

    private static readonly (string Path, AnswerKind Kind)[] Resources =
    [
        ("/directory", AnswerKind.Directory), ("/new-nonce", AnswerKind.Nonce), ("/new-account", AnswerKind.Location), ("/new-order", AnswerKind.Json), ("/order/*", AnswerKind.Json),
        ("/authorization/*", AnswerKind.Json), ("/challenge/*", AnswerKind.Json), ("/finalize/*", AnswerKind.Json), ("/certificate/*", AnswerKind.Chain),
    ];

    /// <summary>Everybody needs them, so that no name can be healthy without.</summary>
    private static readonly string[] Shared = ["/directory", "/new-nonce", "/new-account"];

    public static TheoryData<string, string> Cells()
    {
        var cells = new TheoryData<string, string>();
        foreach (var (path, _) in Resources)
        {
            foreach (var fault in Faults.All) cells.Add(path, fault.Name);
        }

        return cells;
    }

    [Theory]
    [MemberData(nameof(Cells))]
    public async Task A_fault_that_passes_costs_a_retry_and_no_second_certificate(string path, string faultName)
    {
        var (fault, end) = (Faults.Named(faultName), EndOf(path, faultName));
        var times = path is "/directory" or "/new-nonce" ? 1 : fault.Burst;
        await using var edge = await HostileEdge.StartAsync(fault, path, times);

        await edge.RunAsync((fault.RetryAfter ?? TimeSpan.Zero) + FirstRetry);

        Assert.InRange(edge.Transport.Hits, 1, times);
        Assert.Equal((AcmeCertificateState.Served, 0, null), (edge.Status(HostileEdge.Bad).State, edge.Status(HostileEdge.Bad).Failures, edge.Status(HostileEdge.Bad).Reason));
        Assert.Equal(AcmeCertificateState.Served, edge.Status(HostileEdge.Good).State);
        Assert.Equal((1, 0), (edge.Certificates, edge.OrderRecords));
        Assert.InRange(edge.NewOrders, 1, path == "/new-order" || end is End.Failing ? 2 : 1);
        Assert.InRange(edge.Transport.Requests.Count, 1, 3 * (RequestsOfAnAttempt + fault.Burst));
        edge.AssertNoSecretWasTold();
    }

    [Theory]
    [MemberData(nameof(Cells))]
    public async Task A_fault_that_lasts_is_told_and_asked_seldom_and_its_end_is_found(string path, string faultName)
    {
        var (fault, end) = (Faults.Named(faultName), EndOf(path, faultName));
        await using var edge = await HostileEdge.StartAsync(fault, path);

        await edge.RunAsync((fault.RetryAfter ?? TimeSpan.Zero) + FirstRetry);
        if (!Shared.Contains(path)) Assert.Equal((AcmeCertificateState.Served, 0), (edge.Status(HostileEdge.Good).State, edge.Status(HostileEdge.Good).Failures));

        await edge.RunAsync(TimeSpan.FromDays(2));
        AssertState(edge, fault, end);
        AssertBounded(edge, fault, end, path);

        edge.Transport.Fault = null;
        await edge.RunAsync(LastRung + FirstRetry);
        Assert.Equal((AcmeCertificateState.Served, 0, null), (edge.Status(HostileEdge.Bad).State, edge.Status(HostileEdge.Bad).Failures, edge.Status(HostileEdge.Bad).Reason));
        Assert.Equal(AcmeCertificateState.Served, edge.Status(HostileEdge.Good).State);
        Assert.Equal(0, edge.OrderRecords);
        Assert.InRange(edge.Certificates, 1, end is End.Failing && path == "/certificate/*" ? Attempts + 1 : 1);
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

    private static void AssertBounded(HostileEdge edge, Fault fault, End end, string path)
    {
        var labels = Shared.Contains(path) ? 2 : 1;
        var attempts = end switch { End.Served => 2, End.Held or End.HeldOrFailing => AttemptsInAnOutage, _ => Attempts };
        // A damaged chain is fetched three times, a challenge that does not move is told twice, an authorization that cannot be answered is given up.
        var each = fault.Requests * (end is End.Failing && path == "/certificate/*" ? 3 : end is End.HeldOrFailing || (path == "/authorization/*" && fault.Name == "a token ../x") ? 2 : 1);
        Assert.InRange(edge.Transport.Hits, 1, (labels * attempts * each) + (path == "/directory" ? RenewalLooks : 0));
        var besides = end is End.HeldOrFailing ? RequestsOfALongAttempt : RequestsOfAnAttempt;
        Assert.InRange(edge.Transport.Requests.Count, 1, RequestsOfAnAttempt + (labels * attempts * (each + besides)));
        Assert.InRange(edge.NewOrders, 0, end is End.Failing or End.HeldOrFailing || path == "/new-order" ? attempts : 1);
        Assert.InRange(edge.Transport.Flood.Longest, 0, AcmePost.JsonLimit + (16 * 1024));
    }

    private static End EndOf(string path, string faultName)
    {
        var (fault, kind) = (Faults.Named(faultName), Resources.Single(resource => resource.Path == path).Kind);
        return (fault.Means(kind), path) switch
        {
            // The CA may have issued: what makes no sense is waited for, and a look at the order tells.
            (not null, "/finalize/*") => fault.IsProcessed ? End.Served : End.Held,
            (not null, "/certificate/*") => End.Held,
            (null, "/certificate/*") when faultName is "an HTML body" or "an empty body" or "truncated JSON" => End.Failing,
            (null, "/authorization/*") when faultName is "a token ../x" => End.Failing,
            (null, _) => End.Served,
            (AcmeFault.Protocol or AcmeFault.Rejected, _) => End.Failing,

            // A challenge is told twice at most; the CA validates, or the order times out.
            (_, "/challenge/*") => fault.IsProcessed ? End.Served : End.HeldOrFailing,
            _ => End.Held,
        };
    }

    private enum End
    {
        Served,
        Held,
        Failing,

        /// <summary>In turns.</summary>
        HeldOrFailing,
    }
}
