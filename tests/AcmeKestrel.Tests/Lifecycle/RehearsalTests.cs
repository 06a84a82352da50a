using AcmeKestrel.Certificates;
using AcmeKestrel.Lifecycle;
using AcmeKestrel.Storage;

namespace AcmeKestrel.Tests.Lifecycle;

/// <summary>Where no challenge type did, the next attempts are made where a failure costs nothing.</summary>
public sealed class RehearsalTests : IAsyncDisposable
{
    private readonly TwoCas _cas = new();

    public RehearsalTests() => _cas.Settings.Staging = "second";

    public ValueTask DisposeAsync() => _cas.DisposeAsync();

    [Fact]
    public async Task After_both_types_failed_production_is_not_asked_before_staging_succeeds()
    {
        var reachable = false;
        await using var edge = await _cas.StartAsync(Wishes.Of("shop.test"));
        edge.Reach = (_, _) => reachable ? null : "unreachable";

        await edge.RunAsync(TimeSpan.FromDays(2));
        Assert.Equal(2, _cas.First.FailedValidations.Count);
        Assert.Equal(2, _cas.First.NewOrders.Count);
        Assert.InRange(_cas.SecondOrders.Count, 3, 5);
        Assert.Contains("at second, where it is tried first", edge.Status("shop.test").Reason, StringComparison.Ordinal);

        reachable = true;
        await edge.RunAsync(TimeSpan.FromDays(1.1));
        Assert.Equal(TestCa.DirectoryUrl, edge.Entry("shop.test").Certificate!.Ca.DirectoryUrl);
        Assert.Equal(3, _cas.First.NewOrders.Count);
        Assert.Empty(_cas.First.Certificates[0].Replaces ?? "");
    }

    /// <summary>The one that is tried has not ended when the process dies; the next one goes on with it.</summary>
    [Fact]
    public async Task A_rehearsal_outlives_a_restart()
    {
        var edge = await _cas.StartAsync(Wishes.Of("shop.test"));
        edge.Reach = (_, _) => "unreachable";
        await edge.RunAsync(TimeSpan.FromMinutes(5));
        Assert.Equal((2, 1), (_cas.First.NewOrders.Count, _cas.SecondOrders.Count));
        await edge.DisposeAsync();

        await using var second = await _cas.StartAsync(Wishes.Of("shop.test"));
        await second.RunAsync(TimeSpan.FromMinutes(30));

        Assert.Equal((3, 2), (_cas.First.NewOrders.Count, _cas.SecondOrders.Count));
        Assert.Equal(AcmeCertificateState.Served, second.Status("shop.test").State);
    }

    /// <summary>The disk fails, or the process dies, between the schedule that counts the failure and the end of the order's record: the failure stays one.</summary>
    [Fact]
    public async Task A_failed_rehearsal_stays_failed_however_its_record_ends()
    {
        var hasFailed = false;
        _cas.Store.BeforeWrite = key =>
        {
            if (hasFailed || _cas.SecondOrders.Count == 0 || key.Kind != RecordKind.Order || _cas.Store.All(RecordKind.Schedule).Single().Content.Parts[0].Bytes.Span.IndexOf("where it is tried first"u8) < 0) return;

            hasFailed = true;
            throw new StoreUnavailableException("The disk is full.");
        };
        await using var edge = await _cas.StartAsync(Wishes.Of("shop.test"));
        edge.Reach = (_, _) => "unreachable";

        await edge.RunAsync(TimeSpan.FromMinutes(8));

        Assert.True(hasFailed);
        Assert.Empty(_cas.Store.All(RecordKind.Order));
        Assert.Equal((2, 1), (_cas.First.NewOrders.Count, _cas.SecondOrders.Count));
    }

    /// <summary>What was proven at staging is proven anew each time: else a rehearsal would say nothing.</summary>
    [Fact]
    public async Task Each_rehearsal_proves_the_names_anew()
    {
        await using var edge = await _cas.StartAsync(Wishes.Of("shop.test"));
        var staging = 0;
        edge.Reach = (type, _) =>
        {
            if (!type.StartsWith("second", StringComparison.Ordinal)) return "unreachable";

            staging++;
            return null;
        };

        await edge.RunAsync(TimeSpan.FromHours(1));

        Assert.InRange(_cas.SecondOrders.Count, 2, 3);
        Assert.Equal(_cas.SecondOrders.Count, staging);
        Assert.Equal(2 + _cas.SecondOrders.Count, _cas.First.NewOrders.Count);
    }

    /// <summary>A staging directory that is down, or refuses, says nothing about the name.</summary>
    [Fact]
    public async Task Whatever_else_goes_wrong_at_staging_is_ignored()
    {
        _cas.IsSecondDown = true;
        var reachable = false;
        await using var edge = await _cas.StartAsync(Wishes.Of("shop.test"));
        edge.Reach = (_, _) => reachable ? null : "unreachable";
        await edge.RunAsync(TimeSpan.FromSeconds(50));
        Assert.Equal(2, _cas.First.NewOrders.Count);

        reachable = true;
        await edge.RunAsync(TimeSpan.FromMinutes(2));

        Assert.Equal(3, _cas.First.NewOrders.Count);
        Assert.Equal(AcmeCertificateState.Served, edge.Status("shop.test").State);
    }

    [Fact]
    public async Task A_staging_directory_that_wants_an_external_account_is_passed_without_one()
    {
        _cas.Settings.Other = _cas.Settings.Other! with { NeedsExternalAccount = true };
        await using var edge = await _cas.StartAsync(Wishes.Of("shop.test"));
        edge.Reach = (_, _) => "unreachable";

        await edge.RunAsync(TimeSpan.FromMinutes(5));

        Assert.Equal((3, 0), (_cas.First.NewOrders.Count, _cas.SecondOrders.Count));
    }

    /// <summary>Whoever asked for another certificate is answered when that is here, or did not come to be: that it could be validated at staging is no answer.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_renewal_that_was_asked_for_outlives_its_rehearsal(bool succeeds)
    {
        await using var edge = await _cas.StartAsync(Wishes.Of("shop.test"));
        await edge.SettleAsync("shop.test");
        var reachable = false;
        edge.Reach = (_, _) => reachable ? null : "unreachable";
        await RenewAsync(edge);
        await RenewAsync(edge);
        Assert.Equal((2, 3, 0), (edge.Status("shop.test").Tries, _cas.First.NewOrders.Count, _cas.SecondOrders.Count));

        reachable = succeeds;
        await RenewAsync(edge);

        Assert.Single(_cas.SecondOrders);
        Assert.Equal(succeeds ? (4, 2) : (3, 1), (_cas.First.NewOrders.Count, _cas.First.Certificates.Count));
        Assert.Equal(AcmeCertificateState.Served, edge.Status("shop.test").State);
    }

    /// <summary>What staging would say is not waited for when the certificate is about to end.</summary>
    [Fact]
    public async Task Near_the_end_there_is_no_rehearsal()
    {
        var reachable = true;
        await using var edge = await _cas.StartAsync(Wishes.Of("shop.test"));
        edge.Reach = (type, _) => reachable && !type.StartsWith("second", StringComparison.Ordinal) ? null : "unreachable";
        await edge.SettleAsync("shop.test");
        var end = edge.Entry("shop.test").Certificate!.NotAfter;
        reachable = false;

        await edge.RunUntilAsync(end.AddDays(-10));
        var orders = _cas.First.NewOrders.Count;
        Assert.Equal(3, orders);

        reachable = true;
        await edge.RunUntilAsync(end.AddDays(-7));
        Assert.Equal(4, _cas.First.NewOrders.Count);
        Assert.True(edge.Entry("shop.test").Certificate!.NotAfter > end);
    }

    private static async Task RenewAsync(Edge edge)
    {
        var request = new LabelRequest { IsForced = true, Renews = true };
        edge.Entry("shop.test").Post(request);
        edge.Wake(["shop.test"]);
        await edge.RunAsync(TimeSpan.FromMinutes(1));
        Assert.True(request.Answered.IsCompleted);
    }
}
