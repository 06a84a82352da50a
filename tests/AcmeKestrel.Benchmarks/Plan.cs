using System.Diagnostics;
using System.Globalization;
using AcmeKestrel.Certificates;
using AcmeKestrel.Certificates.Ports;
using AcmeKestrel.Desired;
using AcmeKestrel.Lifecycle;
using AcmeKestrel.Lifecycle.Dispatching;
using AcmeKestrel.Lifecycle.State;
using AcmeKestrel.Lifecycle.Stored;
using AcmeKestrel.Lifecycle.Telling;
using AcmeKestrel.Storage;
using AcmeKestrel.Tests.Lifecycle;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Primitives;

namespace AcmeKestrel.Benchmarks;

/// <summary>What many labels cost that have nothing to do: their memory, the first reading of their wishes, a plan for each, and one wish that changes. No handshake, no disk, no CA.</summary>
internal static class Plan
{
    private const int Changes = 200;

    /// <summary>Nobody listens there.</summary>
    private const string DirectoryUrl = "https://127.0.0.1:1/directory";

    public static Dictionary<string, string?> Settings { get; } = new()
    {
        ["Acme:Provider"] = "bench",
        ["Acme:Providers:bench:Directory"] = DirectoryUrl,
        ["Acme:AcceptTermsOfService"] = "true",
        ["Acme:StateDirectory"] = Path.GetTempPath(),
        ["Acme:Renewal:Ari"] = "false",
    };

    public static async Task<int> MeasureAsync(int count)
    {
        var rows = new Rows(count);
        await using var services = Services(rows);
        var (labels, table, follower, board) = (services.GetRequiredService<Labels>(), services.GetRequiredService<ICertificatePublisher>(), services.GetRequiredService<WishFollower>(), services.GetRequiredService<StatusBoard>());
        var (dispatcher, runner) = (services.GetRequiredService<Dispatcher>(), services.GetRequiredService<LabelRunner>());
        await services.GetRequiredService<StateLease>().TryTakeAsync(CancellationToken.None);
        await services.GetRequiredService<StateTakeover>().LoadAsync(CancellationToken.None);
        Console.WriteLine($"{count} labels, each with a certificate that is due in a month");

        var before = GC.GetTotalMemory(forceFullCollection: true);
        Show("published and known", count, () =>
        {
            foreach (var name in rows.Names)
            {
                var facts = FactsOf(name);
                labels.Of(name).Adopt(new LoadedLabel(name) { Certificate = facts });
                table.Publish(facts);
            }

            return Task.CompletedTask;
        });
        before = ShowMemory("a label that is stored and not wished", count, before);
        Show("wishes read, merged and taken", count, () => follower.ReadAsync(CancellationToken.None));
        before = ShowMemory("its wish, its place in the queue, its status", count, before);
        Show("a plan", count, async () =>
        {
            foreach (var name in rows.Names) await runner.RunAsync(name, CancellationToken.None);
        });
        _ = ShowMemory("its schedule and its plan", count, before);

        // The compiler's part is over after the first ones.
        for (var change = 0; change < Changes; change++) await ChangeAsync(change);
        var (processor, watch) = (Process.GetCurrentProcess().TotalProcessorTime, Stopwatch.StartNew());
        for (var change = 0; change < Changes; change++) await ChangeAsync(change);
        processor = Process.GetCurrentProcess().TotalProcessorTime - processor;
        Write($"| one changed wish, until it is planned | {processor.TotalMilliseconds / Changes:F3} ms of processor time, {watch.Elapsed.TotalMilliseconds / Changes:F3} ms |");
        return 0;

        async Task ChangeAsync(int change)
        {
            var name = rows.Names[(int)((long)change * count / Changes)];
            rows.Change(name);
            await follower.ReadAsync(asksAll: false, CancellationToken.None);
            await runner.RunAsync(name, CancellationToken.None);
            if (dispatcher.NextDue is null || board.Changes < 0) throw new InvalidOperationException("Nothing waits.");
        }
    }

    private static void Show(string what, int count, Func<Task> work)
    {
        var (processor, watch) = (Process.GetCurrentProcess().TotalProcessorTime, Stopwatch.StartNew());
        work().GetAwaiter().GetResult();
        processor = Process.GetCurrentProcess().TotalProcessorTime - processor;
        Write($"| {what} | {processor.TotalSeconds:F2} s of processor time, {watch.Elapsed.TotalSeconds:F2} s; {processor.TotalMicroseconds / count:F1} µs each |");
    }

    private static long ShowMemory(string what, int count, long before)
    {
        var after = GC.GetTotalMemory(forceFullCollection: true);
        Write($"| {what} | {(after - before) / (double)count:F0} B |");
        return after;
    }

    private static void Write(FormattableString text) => Console.WriteLine(text.ToString(CultureInfo.InvariantCulture));

    /// <summary>A certificate that is due in a month.</summary>
    public static CertificateFacts FactsOf(string name)
    {
        var end = DateTimeOffset.UtcNow.AddDays(60);
        return new CertificateFacts(name, "20260101T000000Z-00000000", new SubjectNameSet([name]), AcmeKeyType.P256, KeyFamily.P256, new CaKey(DirectoryUrl), null, end.AddDays(-90), end);
    }

    private static ServiceProvider Services(Rows rows)
    {
        var services = new ServiceCollection();
        services.AddSingleton<IConfiguration>(new ConfigurationBuilder().AddInMemoryCollection(Settings).Build());
        services.AddSingleton<IAcmeStore>(new MemoryStore());
        services.AddSingleton<IDesiredCertificateSource>(rows);
        services.AddSingleton<IWorkerActivation, AlwaysActive>();
        services.AddAcme();
        return services.BuildServiceProvider();
    }

    /// <summary>A table of a customer's each, which knows what changed.</summary>
    private sealed class Rows(int count) : IIncrementalDesiredCertificateSource
    {
        private readonly List<string> _changed = [];
        private CancellationTokenSource _token = new();
        private DateTimeOffset _asked = DateTimeOffset.UtcNow;

        public string[] Names { get; } = [.. Enumerable.Range(0, count).Select(number => string.Create(CultureInfo.InvariantCulture, $"customer-{number:0000000}.test"))];

        public AcmeWishSource Source => AcmeWishSource.Api;

        /// <summary>Somebody asks for it anew: another wish, and no order.</summary>
        public void Change(string name)
        {
            _changed.Add(name);
            _asked = _asked.AddSeconds(1);
            Interlocked.Exchange(ref _token, new CancellationTokenSource()).Cancel();
        }

        public IChangeToken GetChangeToken() => new CancellationChangeToken(_token.Token);

        public ValueTask<DesiredCertificates> ListAsync(CancellationToken cancellationToken) => ValueTask.FromResult(new DesiredCertificates([.. Names.Select(Row)]));

        public ValueTask<DesiredChanges> ListChangesAsync(string? since, CancellationToken cancellationToken)
        {
            var names = since is null ? Names : (IEnumerable<string>)_changed.Skip(int.Parse(since, CultureInfo.InvariantCulture)).Distinct();
            var changes = new DesiredChanges(names.ToDictionary(name => name, name => new DesiredCertificates([Row(name) with { AskedAt = since is null ? null : _asked }])), _changed.Count.ToString(CultureInfo.InvariantCulture));
            return ValueTask.FromResult(changes with { IsWhole = since is null });
        }

        private static DesiredCertificate Row(string name) => new([name], "row " + name);
    }
}
