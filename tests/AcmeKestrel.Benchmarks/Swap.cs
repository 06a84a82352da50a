using System.Diagnostics;
using System.Globalization;
using AcmeKestrel.Certificates;
using AcmeKestrel.Lifecycle;
using AcmeKestrel.Serving.Finding;
using AcmeKestrel.Serving.Hellos;
using AcmeKestrel.Storage;
using AcmeKestrel.Tests.Lifecycle;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace AcmeKestrel.Benchmarks;

/// <summary>What it costs to publish a newer certificate for one name of many, and what a handshake's look for its name waits for meanwhile. No handshake, no disk, no CA.</summary>
internal static class Swap
{
    private const int Swaps = 5_000;

    /// <summary>Of certificates that TLS has a context of; each is one that was signed.</summary>
    private const int LoadedSwaps = 1_000;

    private const int Looks = 200_000;

    public static async Task<int> MeasureAsync(IReadOnlyList<int> counts)
    {
        // The first turns are for the compiler, which needs a moment of its own.
        for (var turn = 0; turn < 3; turn++)
        {
            await MeasureAsync(1_000, shows: false);
            await Task.Delay(TimeSpan.FromSeconds(1));
        }

        foreach (var count in counts) await MeasureAsync(count, shows: true);
        return 0;
    }

    private static async Task MeasureAsync(int count, bool shows)
    {
        await using var services = Services();
        var (table, finder) = (services.GetRequiredService<CertificateTable>(), services.GetRequiredService<CertificateFinder>());
        var names = Enumerable.Range(0, count).Select(number => string.Create(CultureInfo.InvariantCulture, $"customer-{number:0000000}.test")).ToArray();
        foreach (var name in names) table.Publish(Plan.FactsOf(name));
        table.ChangeWishes([.. names.Select(name => new WishChange(name, null, Wishes.Of(name)))]);

        var random = new Random(1);
        var issued = 0;
        using var ca = new ThrowawayCa();
        var any = ca.Issue("any.test", "1", "");

        // What the table does at last, by itself.
        var byName = new CandidatesByName();
        foreach (var name in names) byName.Set(name, Shown(name));
        var write = Timed([.. Pick(Swaps).Select(name => (Name: name, Candidates: Shown(name)))], swap => byName.Set(swap.Name, swap.Candidates));

        var stored = Timed([.. Pick(Swaps).Select(Newer)], table.Publish);

        // As many places as there are for loaded ones are taken then: each of those that are measured has another one go.
        foreach (var name in Pick(Swaps)) table.Publish(Issued(name));
        var inHand = Timed([.. Pick(Swaps).Select(Issued)], table.Publish);

        var served = Pick(LoadedSwaps).Distinct().ToArray();
        foreach (var name in served)
        {
            table.Publish(ca.Issue(name, NextId(), ""));
            (await finder.FindAsync(new ClientHello(name, IsAcmeTlsAlpn: false, KeyFamily.All), null, null, out _))!.Release();
        }

        var inUse = Timed([.. served.Select(Issued)], table.Publish);
        var (quiet, beside) = (Look(), await LookBesideSwapsAsync());
        if (!shows) return;

        Write($"{count} names; the clock itself {Clock():F0} ns");
        Show("the reference write", write);
        Show("stored: facts published", stored);
        Show("just issued, the one before is cold", inHand);
        Show("just issued, the one before has a context and no connection", inUse);
        Write($"| a handshake's look for a name | median {quiet:F0} ns | beside swaps without a pause {beside:F0} ns |");

        string[] Pick(int number) => [.. Enumerable.Range(0, number).Select(_ => names[random.Next(count)])];
        string NextId() => string.Create(CultureInfo.InvariantCulture, $"20260201T000000Z-{++issued:x8}");
        Candidate[] Shown(string name) => [new Candidate(new ServedCertificate(Plan.FactsOf(name), null), IsWished: true)];
        DateTimeOffset Later(DateTimeOffset date) => date.AddSeconds(issued);
        CertificateFacts Newer(string name) => Plan.FactsOf(name) with { Generation = NextId() };
        Generation Issued(string name) => any with { Label = name, Id = NextId(), Chain = new CertificateChain(any.Chain.Leaf, any.Chain.Intermediates, [AcmeIdentifier.Parse(name)], KeyFamily.P256, Later(any.Chain.NotBefore), Later(any.Chain.NotAfter)) };

        // A batch each, which the clock's own cost is small beside.
        double Look()
        {
            const int Batch = 100;
            var batches = new List<double>();
            for (var batch = 0; batch < Looks / Batch; batch++)
            {
                var asked = Pick(Batch);
                var begun = Stopwatch.GetTimestamp();
                foreach (var name in asked)
                {
                    if (table.Find(name, KeyFamily.All) is null) throw new InvalidOperationException("A name is gone.");
                }

                batches.Add(Nanoseconds(begun) / Batch);
            }

            return Handshakes.Median(batches);
        }

        async Task<double> LookBesideSwapsAsync()
        {
            var newer = Pick(Swaps).Select(Newer).ToArray();
            using var over = new CancellationTokenSource();
            var swapping = Task.Factory.StartNew(() => SwapUntil(over.Token), TaskCreationOptions.LongRunning);
            var looked = Look();
            await over.CancelAsync();
            await swapping;
            return looked;

            void SwapUntil(CancellationToken cancellation)
            {
                for (var swap = 0; !cancellation.IsCancellationRequested; swap = (swap + 1) % Swaps) table.Publish(newer[swap]);
            }
        }
    }

    /// <summary>The least that can be measured.</summary>
    private static double Clock() => Timed(new int[Swaps], _ => { }).Median;

    /// <summary>Each by itself, on one thread: a median that what else the machine does hardly touches.</summary>
    private static Cost Timed<T>(T[] items, Action<T> work)
    {
        GC.Collect();
        var nanoseconds = new double[items.Length];
        var allocated = GC.GetAllocatedBytesForCurrentThread();
        for (var item = 0; item < items.Length; item++)
        {
            var begun = Stopwatch.GetTimestamp();
            work(items[item]);
            nanoseconds[item] = Nanoseconds(begun);
        }

        allocated = GC.GetAllocatedBytesForCurrentThread() - allocated;
        Array.Sort(nanoseconds);
        return new Cost(Handshakes.Median(nanoseconds), nanoseconds[items.Length * 95 / 100], (double)allocated / items.Length);
    }

    /// <summary>A <see cref="TimeSpan"/> has steps of a hundred.</summary>
    private static double Nanoseconds(long begun) => (Stopwatch.GetTimestamp() - begun) * 1e9 / Stopwatch.Frequency;

    private static void Show(string what, Cost cost) =>
        Write($"| {what} | median {cost.Median:F0} ns | 95 % below {cost.MostBelow:F0} ns | {cost.Bytes:F0} B |");

    private static void Write(FormattableString text) => Console.WriteLine(text.ToString(CultureInfo.InvariantCulture));

    private static ServiceProvider Services()
    {
        var services = new ServiceCollection();
        services.AddSingleton<IConfiguration>(new ConfigurationBuilder().AddInMemoryCollection(Plan.Settings).Build());
        services.AddSingleton<IAcmeStore>(new MemoryStore());
        services.AddSingleton<IWorkerActivation, AlwaysActive>();
        services.AddAcme();
        return services.BuildServiceProvider();
    }

    private sealed record Cost(double Median, double MostBelow, double Bytes);
}
