using System.Collections.Concurrent;
using AcmeKestrel.LocalCa;
using AcmeKestrel.Management.Requests;
using AcmeKestrel.Storage;
using AcmeKestrel.Tests.Lifecycle;
using AcmeKestrel.Tests.Serving;
using Microsoft.Extensions.DependencyInjection;

namespace AcmeKestrel.Tests.Management;

/// <summary>Two processes on one state: what one is asked for that has not got it, the other one does.</summary>
public sealed class RequestTests : RunTimeScene
{
    private readonly ConcurrentQueue<string> _requests = [];
    private readonly LocalCaServer _ca;

    public RequestTests() => _ca = new LocalCaServer(new LocalCaServerOptions
    {
        RetryAfter = TimeSpan.Zero,
        Interceptor = (request, next, _) =>
        {
            _requests.Enqueue(request.Resource);
            return ValueTask.FromResult(next(request));
        },
    });

    private protected override string DirectoryUrl => _ca.DirectoryUrl;

    private int Orders => _requests.Count(resource => resource == "new-order");

    [Fact]
    public async Task A_wish_is_ordered_by_the_one_that_has_the_state()
    {
        var (_, other) = (await StartAsync(), await StartAsync());

        var status = await EnsureAsync(other, "customer.test");

        Assert.Equal(("customer.test", AcmeCertificateState.Served), (status.Label, status.State));
        Assert.Equal("the run-time wish 'customer.test'", status.Origin);
        Assert.Equal(1, Orders);
        Assert.Empty(await RequestsAsync());
    }

    [Fact]
    public async Task A_renewal_is_made_once()
    {
        var (first, other) = (await StartAsync(), await StartAsync());
        await EnsureAsync(first, "customer.test");

        var status = await other.Certificates.RenewAsync("customer.test", Token).WaitAsync(Deadline, Token);

        Assert.Equal(AcmeCertificateState.Served, status!.State);
        Assert.Equal(2, Orders);
        Assert.Empty(await RequestsAsync());
    }

    [Fact]
    public async Task Every_verb_reaches_the_one_that_has_the_state()
    {
        var (first, other) = (await StartAsync(), await StartAsync());
        await EnsureAsync(first, "customer.test");
        await first.Certificates.RenewAsync("customer.test", Token).WaitAsync(Deadline, Token);

        Assert.Equal(AcmeCertificateState.Served, (await other.Certificates.HoldAsync("customer.test", "moving house", Token).WaitAsync(Deadline, Token))!.State);
        Assert.Contains("moving house", await ScheduleAsync("customer.test"), StringComparison.Ordinal);
        Assert.Equal(AcmeCertificateState.Served, (await other.Certificates.ReleaseAsync("customer.test", Token).WaitAsync(Deadline, Token))!.State);
        Assert.DoesNotContain("moving house", await ScheduleAsync("customer.test"), StringComparison.Ordinal);
        Assert.Equal(AcmeCertificateState.Served, (await other.Certificates.RetryAsync("customer.test", Token).WaitAsync(Deadline, Token))!.State);
        Assert.True((await other.Certificates.RollBackAsync("customer.test", Token).WaitAsync(Deadline, Token))!.IsRolledBack);
        Assert.True((await other.Certificates.RevokeAsync("customer.test", AcmeRevocationReason.Superseded, Token).WaitAsync(Deadline, Token))!.IsRevoked);
        var pass = await other.Certificates.ReconcileAsync(Token).WaitAsync(Deadline, Token);
        Assert.Equal((null, "customer.test"), (pass.Error, Assert.Single(pass.Current).Label));
        Assert.True(await other.Certificates.ForgetAsync("customer.test", Token).WaitAsync(Deadline, Token));
        Assert.False(await other.Certificates.ForgetAsync("customer.test", Token).WaitAsync(Deadline, Token));
        Assert.Empty(await RequestsAsync());
    }

    [Fact]
    public async Task An_account_is_the_business_of_the_one_that_has_the_state()
    {
        var (first, other) = (await StartAsync(), await StartAsync());
        await EnsureAsync(first, "customer.test");
        var accounts = other.Host.Services.GetRequiredService<IAcmeAccounts>();
        var before = Assert.Single(await accounts.ListAsync(Token));

        var changed = await accounts.ChangeKeyAsync(cancellationToken: Token).WaitAsync(Deadline, Token);

        Assert.NotEqual(before.Thumbprint, changed.Thumbprint);
        await accounts.DeactivateAsync(cancellationToken: Token).WaitAsync(Deadline, Token);
        Assert.True(Assert.Single(await accounts.ListAsync(Token)).IsClosed);
        await Assert.ThrowsAsync<AcmeAccountException>(() => accounts.ChangeKeyAsync("nobody", cancellationToken: Token).WaitAsync(Deadline, Token));
    }

    [Fact]
    public async Task What_cannot_be_kept_there_is_said_here()
    {
        var (first, other) = (await StartAsync(), await StartAsync());
        await EnsureAsync(first, "customer.test");
        Flaky.Writing = key => key.Kind == RecordKind.Schedule ? throw new StoreUnavailableException("the disk is full") : Task.CompletedTask;

        var refused = await Assert.ThrowsAsync<StoreUnavailableException>(() => other.Certificates.HoldAsync("customer.test", null, Token).WaitAsync(Deadline, Token));

        Assert.Contains("the disk is full", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_name_that_nobody_wishes_is_told_as_in_one_process()
    {
        var (_, other) = (await StartAsync(), await StartAsync());

        Assert.Null(await other.Certificates.RenewAsync("nobody.test", Token).WaitAsync(Deadline, Token));
        await Assert.ThrowsAsync<ArgumentException>(() => EnsureAsync(other, "not a name"));
    }

    /// <summary>The one that had the state was killed after it had taken the request up; the next one goes on with it.</summary>
    [Theory]
    [InlineData(false, 1)]
    [InlineData(true, 2)]
    public async Task What_was_taken_up_before_a_kill_is_done_by_the_next_one_and_once(bool wasNotDone, int more)
    {
        var first = await StartAsync();
        await EnsureAsync(first, "customer.test");
        var generation = Assert.Single(Published.Current).Id.Split('@')[^1];
        await first.Host.StopAsync(Token);
        var request = new StoredRequest(RequestVerb.Renew, DateTimeOffset.UtcNow, "somebody")
        {
            Label = "customer.test",
            Begun = new RequestBeginning(DateTimeOffset.UtcNow) { Generation = wasNotDone ? generation : "an older one" },
        };
        var key = RequestRecord.NewKey(DateTimeOffset.UtcNow);
        await Memory.WriteAsync(new StoreWrite(key, RequestRecord.Write(request)), Token);

        await StartAsync();
        var outcome = await new RequestBook(Memory, TimeProvider.System).AwaitAsync(key, Token).WaitAsync(Deadline, Token);

        Assert.Equal(AcmeCertificateState.Served, outcome.Status!.State);
        Assert.Equal(more, Orders);
    }

    /// <summary>Done once more it would be the other way round, and another certificate would be revoked.</summary>
    [Theory]
    [InlineData(nameof(RequestVerb.RollBack))]
    [InlineData(nameof(RequestVerb.Revoke))]
    public async Task What_cannot_be_done_twice_is_told_where_it_was_done_before_a_kill(string verb)
    {
        var first = await StartAsync();
        await EnsureAsync(first, "customer.test");
        await first.Certificates.RenewAsync("customer.test", Token).WaitAsync(Deadline, Token);
        var current = Assert.Single(Published.Current).Id;
        await first.Host.StopAsync(Token);
        var request = new StoredRequest(Enum.Parse<RequestVerb>(verb), DateTimeOffset.UtcNow, "somebody")
        {
            Label = "customer.test",
            RevocationReason = AcmeRevocationReason.Superseded,
            Begun = new RequestBeginning(DateTimeOffset.UtcNow) { Generation = "the one before" },
        };
        var key = RequestRecord.NewKey(DateTimeOffset.UtcNow);
        await Memory.WriteAsync(new StoreWrite(key, RequestRecord.Write(request)), Token);

        await StartAsync();
        var outcome = await new RequestBook(Memory, TimeProvider.System).AwaitAsync(key, Token).WaitAsync(Deadline, Token);

        Assert.True(outcome.RollBack?.IsRolledBack ?? outcome.Revocation!.IsRevoked);
        Assert.Equal(current, Assert.Single(Published.Current).Id);
        Assert.DoesNotContain("revoke-cert", _requests);
        Assert.Equal(2, Orders);
    }

    [Fact]
    public async Task What_nobody_takes_up_is_withdrawn_and_said()
    {
        var time = new Microsoft.Extensions.Time.Testing.FakeTimeProvider();
        var book = new RequestBook(Memory, time);
        var asked = book.AskAsync(book.Word(RequestVerb.Renew, "customer.test"), Token);

        while (!asked.IsCompleted)
        {
            time.Advance(TimeSpan.FromMilliseconds(250));
            await Task.Yield();
        }

        var refused = await Assert.ThrowsAsync<StoreUnavailableException>(() => asked);
        Assert.Contains("withdrawn", refused.Message, StringComparison.Ordinal);
        Assert.Empty(await RequestsAsync());
    }

    [Fact]
    public async Task Whoever_gives_up_takes_back_what_nobody_has_taken_up()
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Token);
        var book = new RequestBook(Memory, TimeProvider.System);
        var asked = book.AskAsync(book.Word(RequestVerb.Renew, "customer.test"), stop.Token);
        Assert.Single(await RequestsAsync());

        await stop.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => asked);
        Assert.Empty(await RequestsAsync());
    }

    /// <summary>Written by anybody who may write the state: it harms nobody.</summary>
    [Theory]
    [InlineData("{")]
    [InlineData("""{"verb":"Explode","at":"2026-01-01T00:00:00Z","by":"x"}""")]
    public async Task A_damaged_request_is_told_and_in_nobodys_way(string json)
    {
        await Memory.WriteAsync(new StoreWrite(RequestRecord.NewKey(DateTimeOffset.UtcNow), new RecordContent([new RecordPart("request.json", System.Text.Encoding.UTF8.GetBytes(json))])), Token);
        var (_, other) = (await StartAsync(), await StartAsync());

        Assert.Equal(AcmeCertificateState.Served, (await EnsureAsync(other, "customer.test")).State);
    }

    [Fact]
    public async Task What_is_older_than_an_hour_goes_undone()
    {
        var request = new StoredRequest(RequestVerb.Revoke, DateTimeOffset.UtcNow - TimeSpan.FromHours(2), "somebody") { Label = "customer.test", RevocationReason = AcmeRevocationReason.KeyCompromise };
        await Memory.WriteAsync(new StoreWrite(RequestRecord.NewKey(request.At), RequestRecord.Write(request)), Token);

        await StartAsync();

        await Eventually.TrueAsync(() => RequestsAsync().GetAwaiter().GetResult().Count == 0);
        Assert.Equal(0, Orders);
    }

    /// <summary>An account's key that somebody brings is in no log, in no answer, and no longer there than it is needed.</summary>
    [Fact]
    public void A_key_is_a_secret_part_of_its_own_that_goes_with_the_outcome()
    {
        var request = new StoredRequest(RequestVerb.RecoverAccount, DateTimeOffset.UtcNow, "somebody") { Key = "PRIVATE" };
        var asked = RequestRecord.Write(request);

        Assert.True(Assert.Single(asked.Parts, part => part.Name == "privkey").Secret);
        Assert.DoesNotContain("PRIVATE", System.Text.Encoding.UTF8.GetString(asked.Find("request.json")!.Value.Span), StringComparison.Ordinal);
        Assert.Equal("PRIVATE", RequestRecord.Read(new StoreRecord(RequestRecord.NewKey(request.At), default, asked)).Key);
        Assert.Equal("request.json", Assert.Single(RequestRecord.Write(request with { Outcome = new RequestOutcome(request.At) }).Parts).Name);
    }

    private protected override HttpMessageHandler Transport() => _ca.CreateHandler();

    private async Task<List<StoreEntry>> RequestsAsync()
    {
        var entries = new List<StoreEntry>();
        await foreach (var entry in ((IAcmeStore)Memory).ListEntriesAsync(new StoreQuery(RecordKind.Request), Token)) entries.Add(entry);
        return entries;
    }
}
