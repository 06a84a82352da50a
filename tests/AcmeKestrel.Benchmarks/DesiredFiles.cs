using System.Diagnostics;
using System.Globalization;
using AcmeKestrel.Certificates;
using AcmeKestrel.Certificates.Ports;
using AcmeKestrel.Desired;
using AcmeKestrel.Desired.Files;
using AcmeKestrel.InteropTests.Edge;
using AcmeKestrel.Lifecycle;
using AcmeKestrel.Lifecycle.State;
using AcmeKestrel.Lifecycle.Stored;
using AcmeKestrel.Storage;
using AcmeKestrel.Tests.Lifecycle;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace AcmeKestrel.Benchmarks;

/// <summary>A folder <c>desired/</c> of many files of which one is touched, added or removed: what that costs until the wish is taken, what the folder costs while nothing happens, and what a look at all of it does. Each name has a certificate; no handshake, no CA.</summary>
internal static class DesiredFiles
{
    private const int Changes = 50;
    private const int Looks = 5;
    private static readonly TimeSpan Idle = TimeSpan.FromSeconds(20);

    public static async Task<int> MeasureAsync(int count)
    {
        using var state = new TemporaryFolder();
        var folder = state.In(DesiredFolder.FolderName);
        Directory.CreateDirectory(folder);
        for (var number = 0; number < count; number++) Write(number);
        await using var services = Services(state.Path);
        await services.GetRequiredService<StateLease>().TryTakeAsync(CancellationToken.None);
        await services.GetRequiredService<StateTakeover>().LoadAsync(CancellationToken.None);
        var (labels, table, feed, follower) = (services.GetRequiredService<Labels>(), services.GetRequiredService<ICertificatePublisher>(), services.GetRequiredService<IWishFeed>(), services.GetRequiredService<WishFollower>());
        foreach (var facts in Enumerable.Range(0, count + Changes).Select(number => Plan.FactsOf(Name(number))))
        {
            labels.Of(facts.Label).Adopt(new LoadedLabel(facts.Label) { Certificate = facts });
            table.Publish(facts);
        }

        Console.WriteLine($"{count} files in desired/, each of a label with a certificate");
        PlanTable.Show("all read, merged and taken", count, () => follower.ReadAsync(CancellationToken.None));
        if (labels.Wishes.Count() != count) throw new InvalidOperationException("Not all are wished.");

        // The compiler's part is over after the first ones.
        for (var round = 0; round < 3; round++) await TouchAsync();
        await ShowAsync("a file is touched", TouchAsync);
        await ShowAsync("a file is added", () => ChangeAsync(change => count + change, Write, wish => wish is not null));
        await ShowAsync("a file is removed", () => ChangeAsync(change => count + change, number => File.Delete(Path.Combine(folder, Name(number))), wish => wish is null));

        var processor = Process.GetCurrentProcess().TotalProcessorTime;
        await Task.Delay(Idle);
        processor = Process.GetCurrentProcess().TotalProcessorTime - processor;
        PlanTable.Write($"| nothing happens, for {Idle.TotalSeconds:F0} s | {processor.TotalMilliseconds:F0} ms of processor time |");
        var traces = new FolderTraces();
        traces.Look(folder, []);
        PlanTable.Show("a look at all files, of which none changed", Looks * count, () =>
        {
            for (var look = 0; look < Looks; look++) traces.Look(folder, []);
            return Task.CompletedTask;
        });
        return 0;

        Task TouchAsync()
        {
            var asked = new Dictionary<int, DateTimeOffset?>();
            return ChangeAsync(
                change => (int)((long)change * count / Changes),
                number =>
                {
                    asked[number] = labels.WishOf(Name(number))?.AskedAt;
                    Write(number);
                },
                wish => wish is not null && wish.AskedAt > (asked[NumberOf(wish.Label)] ?? default(DateTimeOffset)));
        }

        async Task ChangeAsync(Func<int, int> which, Action<int> change, Func<Wish?, bool> hasCome)
        {
            for (var done = 0; done < Changes; done++)
            {
                var (number, told) = (which(done), ToldAsync(feed));
                change(number);
                do
                {
                    await told.WaitAsync(TimeSpan.FromMinutes(2));
                    told = ToldAsync(feed);
                    await follower.ReadAsync(asksAll: false, CancellationToken.None);
                }
                while (!hasCome(labels.WishOf(Name(number))));
            }
        }

        void Write(int number) => File.WriteAllText(Path.Combine(folder, Name(number)), $"{Name(number)}\n");
    }

    private static async Task ShowAsync(string what, Func<Task> change)
    {
        var (processor, watch) = (Process.GetCurrentProcess().TotalProcessorTime, Stopwatch.StartNew());
        await change();
        processor = Process.GetCurrentProcess().TotalProcessorTime - processor;
        PlanTable.Write($"| {what}, until its wish is taken | {processor.TotalMicroseconds / Changes:F0} µs of processor time; {watch.Elapsed.TotalMilliseconds / Changes:F0} ms, the calm that a written file is waited for included |");
    }

    private static Task ToldAsync(IWishFeed feed)
    {
        var told = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        feed.GetChangeToken().RegisterChangeCallback(_ => told.TrySetResult(), null);
        return told.Task;
    }

    private static string Name(int number) => string.Create(CultureInfo.InvariantCulture, $"customer-{number:0000000}.test");

    private static int NumberOf(string name) => int.Parse(name["customer-".Length..^".test".Length], CultureInfo.InvariantCulture);

    private static ServiceProvider Services(string state)
    {
        var services = new ServiceCollection();
        services.AddSingleton<IConfiguration>(new ConfigurationBuilder().AddInMemoryCollection(Plan.Settings).AddInMemoryCollection([new("Acme:StateDirectory", state)]).Build());
        services.AddSingleton<IAcmeStore>(new MemoryStore());
        services.AddSingleton<IWorkerActivation, AlwaysActive>();
        services.AddAcme();
        return services.BuildServiceProvider();
    }
}
