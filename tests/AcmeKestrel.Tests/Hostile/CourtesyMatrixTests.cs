using System.Security.Cryptography.X509Certificates;
using AcmeKestrel.Protocol;
using AcmeKestrel.Tests.Lifecycle;

namespace AcmeKestrel.Tests.Hostile;

/// <summary>What a certificate can do without (renewal info, alternate chains, the list of orders) against every fault, once or for ever: it never costs the certificate.</summary>
public sealed class CourtesyMatrixTests
{
    private const string New = "new.test";

    /// <summary>Until two requests of a minute each have timed out, and for the retry and what is asked then.</summary>
    private static readonly TimeSpan FirstRetry = TimeSpan.FromMinutes(5);

    public static TheoryData<string, string, bool> RenewalInfoCells() => Cells.Of("/renewal-info/*");

    public static TheoryData<string, string, bool> AlternateCells() => Cells.Of("/certificate/*/1");

    public static TheoryData<string, string, bool> ListCells() => Cells.Of("/account/*", "/orders/*");

    [Theory]
    [MemberData(nameof(RenewalInfoCells))]
    public async Task Without_renewal_info_a_certificate_is_renewed_in_its_own_time(string path, string faultName, bool lasts)
    {
        var (fault, lifetime) = (Faults.Named(faultName), TimeSpan.FromDays(12));
        await using var state = await HostileState.SeedAsync(ca => ca.CertificateLifetime = lifetime);
        await state.StartAsync(fault, path, lasts ? int.MaxValue : 1, Wishes.Of(HostileState.Served));

        await state.RunAsync(lifetime / 2);
        Assert.Equal((AcmeCertificateState.Served, 0, 0), (state.Edge.Status(HostileState.Served).State, state.Edge.Status(HostileState.Served).Failures, state.NewOrders));
        var isOver = !lasts || faultName is "badNonce ten times" || fault.Means(AnswerKind.RenewalInfo) is null;
        Assert.Equal(isOver, state.Edge.Entry(HostileState.Served).Schedule.Renewal?.Window is not null);

        // Every six hours, and four times sooner after the first fault that may pass.
        Assert.InRange(state.Transport.Hits, 1, (6 * 4) + 5);

        await state.RunAsync(lifetime * 0.2);
        Assert.Equal((AcmeCertificateState.Served, 0, 1), (state.Edge.Status(HostileState.Served).State, state.Edge.Status(HostileState.Served).Failures, state.NewOrders));

        state.Transport.Fault = null;
        await state.RunAsync(TimeSpan.FromDays(1));
        Assert.NotNull(state.Edge.Entry(HostileState.Served).Schedule.Renewal?.Window);
        Assert.Equal(1, state.NewOrders);
        state.AssertNoSecretWasTold();
    }

    [Theory]
    [MemberData(nameof(AlternateCells))]
    public async Task Without_its_preferred_chain_a_certificate_is_served_with_the_default_one(string path, string faultName, bool lasts)
    {
        var fault = Faults.Named(faultName);
        await using var state = await HostileState.SeedAsync(ca => ca.AlternateChains = 1);
        state.World.Settings.PreferredChain = state.World.Ca.Roots[1].GetNameInfo(X509NameType.SimpleName, forIssuer: false);
        await state.StartAsync(fault, path, lasts ? int.MaxValue : fault.Burst, Wishes.Of(New));

        await state.RunAsync(FirstRetry);

        var status = state.Edge.Status(New);
        Assert.Equal((AcmeCertificateState.Served, 0, 1), (status.State, status.Failures, state.NewOrders));
        Assert.InRange(state.Transport.Hits, 1, fault.Requests);
        using var last = X509CertificateLoader.LoadCertificate(state.Edge.Published.Current[New].Chain.Intermediates[^1].Span);
        var isPreferred = last.GetNameInfo(X509NameType.SimpleName, forIssuer: true) == state.World.Settings.PreferredChain;
        Assert.Equal(fault.Means(AnswerKind.Chain) is null && faultName is not ("an HTML body" or "an empty body" or "truncated JSON"), isPreferred);
        state.AssertNoSecretWasTold();
    }

    [Theory]
    [MemberData(nameof(ListCells))]
    public async Task Without_the_list_of_orders_one_order_is_an_orphan_at_most(string path, string faultName, bool lasts)
    {
        var fault = Faults.Named(faultName);
        await using var state = await HostileState.SeedAsync();
        await state.World.KillAfterOrderAsync(New, [New]);
        await state.StartAsync(fault, path, lasts ? int.MaxValue : fault.Burst, Wishes.Of(New));

        await state.RunAsync((fault.RetryAfter ?? TimeSpan.Zero) + FirstRetry);

        var status = state.Edge.Status(New);
        Assert.Equal((AcmeCertificateState.Served, 0, null), (status.State, status.Failures, status.Reason));
        Assert.InRange(state.Transport.Hits, 1, 2 * fault.Requests);

        // A fault that may pass is waited out once; an answer that is no list is as good as none.
        var isFound = fault.Means(AnswerKind.Json) is not { } means || (!lasts && means is not AcmeFault.Protocol);
        Assert.Equal(isFound ? 0 : 1, state.NewOrders);
        state.AssertNoSecretWasTold();
    }
}
