using AcmeKestrel.Lifecycle;
using AcmeKestrel.Protocol;
using AcmeKestrel.Tests.Lifecycle;

namespace AcmeKestrel.Tests.Hostile;

/// <summary>A change of an account's key, and an account's end, against every fault of every resource they need, once or for a day.</summary>
public sealed class AccountMatrixTests
{
    private const string New = "new.test";

    /// <summary>Four looks with the next key, and one with the old one.</summary>
    private const int Looks = 5;

    public static TheoryData<string, string, bool> ChangeCells() => Cells.Of("/key-change", "/new-account", "/directory", "/new-nonce");

    public static TheoryData<string, string, bool> ClosingCells() => Cells.Of("/account/*", "/new-account", "/directory", "/new-nonce");

    [Theory]
    [MemberData(nameof(ChangeCells))]
    public async Task A_change_of_key_leaves_the_key_that_opens_the_account(string path, string faultName, bool lasts)
    {
        var fault = Faults.Named(faultName);
        await using var state = await HostileState.SeedAsync();
        var before = state.World.Record;
        await state.StartAsync(fault, path, lasts ? int.MaxValue : fault.Burst, Wishes.Of(New));

        var refused = await state.TryAsync(accounts => accounts.ChangeKeyAsync(email: AccountEdge.Email, cancellationToken: World.Ct));

        // Promise 6: whatever the CA did, the key that it has for the account is on record.
        Assert.Contains(before.Facts.Url, await OpenedAsync(state));
        Assert.Equal(refused is null, state.World.Record.Thumbprint != before.Thumbprint);
        if (path == "/key-change") Assert.Equal(refused is null, state.Count("/key-change", 200) > 0);
        AssertTells(refused, fault);
        Assert.InRange(state.Transport.Hits, 0, fault.Requests * (path == "/new-account" ? Looks : 2));
        Assert.InRange(state.Transport.Requests.Count, 1, 10 + (Looks * 2 * fault.Requests));

        if (lasts) await state.RunAsync(TimeSpan.FromDays(1));
        Assert.Contains(before.Facts.Url, await OpenedAsync(state));
        state.Transport.Fault = null;
        await state.RunAsync(TimeSpan.FromHours(27));

        Assert.Equal((AcmeCertificateState.Served, 0), (state.Edge.Status(New).State, state.Edge.Status(New).Failures));
        Assert.Equal(0, state.NewAccounts);
        Assert.Null(await state.TryAsync(accounts => accounts.ChangeKeyAsync(email: AccountEdge.Email, cancellationToken: World.Ct)));
        Assert.Equal((before.Facts.Url, null), (await state.World.OpenAsync(state.World.Record.OpenKey()), state.World.Record.NextPrivateKeyPem));
        state.AssertNoSecretWasTold();
    }

    [Theory]
    [MemberData(nameof(ClosingCells))]
    public async Task An_account_s_end_is_told_as_it_is(string path, string faultName, bool lasts)
    {
        var fault = Faults.Named(faultName);
        await using var state = await HostileState.SeedAsync();
        await state.StartAsync(fault, path, lasts ? int.MaxValue : fault.Burst, Wishes.Of(HostileState.Served), Wishes.Of(New));

        var refused = await state.TryAsync(CloseAsync);

        // What is closed at the CA is closed here; what is closed here and not there is told not to be known, or the CA said that it did it.
        var (here, there) = (state.World.Record.Facts.ClosedAt is not null, await IsClosedAsync(state));
        Assert.True(here || !there);
        if (refused is not null) Assert.Equal(here, refused.Message.Contains("is not known", StringComparison.Ordinal));
        else Assert.True(there || fault.Means(AnswerKind.Echo) is null);
        AssertTells(refused, fault);
        Assert.InRange(state.Transport.Hits, 0, 2 * fault.Requests);
        Assert.InRange(state.Transport.Requests.Count, 1, 10 + (2 * fault.Requests));

        if (lasts) await state.RunAsync(TimeSpan.FromDays(1));
        state.Transport.Fault = null;
        Assert.Null(await state.TryAsync(CloseAsync));
        Assert.True(await IsClosedAsync(state));
        await state.RunAsync(TimeSpan.FromHours(27));

        Assert.Equal(AcmeCertificateState.Served, state.Edge.Status(HostileState.Served).State);
        Assert.Equal(0, state.NewAccounts);
        state.AssertNoSecretWasTold();
    }

    private static Task CloseAsync(IAcmeAccounts accounts) => accounts.DeactivateAsync(email: AccountEdge.Email, cancellationToken: World.Ct);

    private static void AssertTells(AcmeAccountException? refused, Fault fault)
    {
        if (refused is null) return;

        string[] told = [fault.Says, "without a nonce", "answered 400", "The CA sent no account URL", "it said that it did", "it said so"];
        Assert.Contains(told, word => refused.Message.Contains(word, StringComparison.Ordinal));
    }

    private static async Task<IEnumerable<string?>> OpenedAsync(HostileState state)
    {
        var record = state.World.Record;
        return [await state.World.OpenAsync(record.OpenKey()), record.NextPrivateKeyPem is null ? null : await state.World.OpenAsync(record.OpenNextKey())];
    }

    private static async Task<bool> IsClosedAsync(HostileState state)
    {
        try
        {
            return await state.World.OpenAsync(state.World.Record.OpenKey()) is null;
        }
        catch (AcmeException closed) when (closed.Problem?.Is("unauthorized") is true)
        {
            return true;
        }
    }
}
