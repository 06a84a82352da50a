using AcmeKestrel.Lifecycle.Proving;
using AcmeKestrel.Tests.Serving;

namespace AcmeKestrel.Tests.Zones;

/// <summary>Many records are removed while some cannot be, and while the process stops.</summary>
public sealed class DnsCleanerTests : DnsDeskScene
{
    private readonly TaskCompletionSource _end = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public override async ValueTask DisposeAsync()
    {
        _end.TrySetResult();
        await base.DisposeAsync();
    }

    [Fact]
    public async Task A_provider_that_never_returns_from_removing_holds_up_no_other_ones_records()
    {
        Zone.Removing = _ => _end.Task;
        await WriteAsync("stuck", 50);
        Settings.Dns = Written("other");
        await WriteAsync("good", 50);
        foreach (var token in Tokens("stuck", 50)) Debts.Owe(token);
        await Eventually.TrueAsync(() => Debts.List().Owed.Count == 50);
        foreach (var token in Tokens("good", 50)) Debts.Owe(token);

        await Eventually.TrueAsync(() => Debts.List().Owed.Count == 50);

        Assert.Empty(Other.Names);
        Assert.Equal(50, Zone.Names.Count());
        Assert.False(await IsOnRecordAsync("good7"));
    }

    [Fact]
    public async Task A_command_goes_on_until_all_is_removed_as_long_as_there_is_progress()
    {
        IsCommand = true;
        var begun = 0;
        Zone.Removing = async _ =>
        {
            Interlocked.Increment(ref begun);
            await _end.Task;
            Time.Advance(TimeSpan.FromSeconds(0.2));
        };
        await WriteAsync("shop", 60);
        foreach (var token in Tokens("shop", 60)) Debts.Owe(token);
        await Eventually.TrueAsync(() => Volatile.Read(ref begun) == 4);

        var ending = EndAsync();
        _end.SetResult();
        await ending;

        Assert.Empty(Debts.List().Owed);
        Assert.Empty(Zone.Names);
    }

    /// <summary>A server's are removed by the next one, and a command's would stand until somebody calls the next.</summary>
    [Theory]
    [InlineData(false, false, 5)]
    [InlineData(false, true, 5)]
    [InlineData(true, false, 5)]
    [InlineData(true, true, 20)]
    public void A_process_that_stops_has_a_while(bool isCommand, bool goesOn, int seconds)
    {
        using var patience = new CleaningPatience(Time);
        Time.Advance(TimeSpan.FromHours(1));
        Assert.False(patience.Over.IsCancellationRequested);

        patience.Stop(isCommand);
        for (var second = 1; second < seconds; second++)
        {
            Time.Advance(TimeSpan.FromSeconds(1));
            if (goesOn) patience.GoOn();
            Assert.False(patience.Over.IsCancellationRequested);
        }

        Time.Advance(TimeSpan.FromSeconds(1));
        Assert.True(patience.Over.IsCancellationRequested);
    }

    [Fact]
    public async Task A_command_waits_a_few_seconds_for_one_that_does_not_answer()
    {
        IsCommand = true;
        Zone.Removing = _ => _end.Task;
        await WriteAsync("shop", 60);
        foreach (var token in Tokens("shop", 60)) Debts.Owe(token);
        var ending = EndAsync();

        await AdvanceUntilAsync(() => ending.IsCompleted);

        Assert.True(Time.GetUtcNow() - Begun >= TimeSpan.FromSeconds(5));
        Assert.True(await IsOnRecordAsync("shop7"));
    }

    [Fact]
    public async Task What_could_not_be_removed_by_a_clock_that_was_ahead_is_removed_soon_by_the_right_one()
    {
        var failed = new TaskCompletionSource();
        Zone.Removing = _ =>
        {
            failed.TrySetResult();
            return Task.FromException(new DnsProviderException("away"));
        };
        await WriteAsync("shop", 1);
        Debts.Owe("shop0");
        await failed.Task.WaitAsync(Token);
        await Eventually.TrueAsync(() => Debts.List().Owed is [{ Tries: 1 }]);

        Zone.Removing = _ => Task.CompletedTask;
        Time.AdjustTime(Begun - TimeSpan.FromDays(8));
        await AdvanceUntilAsync(() => Debts.List().Owed.Count == 0);

        Assert.Empty(Zone.Names);
        Assert.True(Time.GetUtcNow() < Begun - TimeSpan.FromDays(7));
    }

    private static IEnumerable<string> Tokens(string name, int count) => Enumerable.Range(0, count).Select(number => $"{name}{number}");

    private async Task WriteAsync(string name, int count)
    {
        foreach (var token in Tokens(name, count)) Assert.Empty((await WriteAsync($"{token}.test", token)).Faults);
    }
}
