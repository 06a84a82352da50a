using System.Diagnostics;
using System.Globalization;
using AcmeKestrel.Certificates;
using AcmeKestrel.Certificates.Ports;
using AcmeKestrel.Configuration;
using AcmeKestrel.Desired;
using AcmeKestrel.Lifecycle;
using AcmeKestrel.Lifecycle.Dispatching;
using AcmeKestrel.Lifecycle.Planning;
using AcmeKestrel.Lifecycle.State;
using AcmeKestrel.Lifecycle.Stored;
using AcmeKestrel.Lifecycle.Telling;
using AcmeKestrel.Storage;
using AcmeKestrel.Tests.Lifecycle;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Primitives;

namespace AcmeKestrel.Benchmarks;

/// <summary>What many labels cost that have nothing to do: their memory, the first reading of their wishes, a plan for each, one wish that changes, and settings that change; then the queue alone. No handshake, no disk, no CA.</summary>
internal static class Plan
{
    private const int Changes = 200;
    private const int SettingChanges = 5;

    /// <summary>Nobody listens there.</summary>
    private const string DirectoryUrl = "https://127.0.0.1:1/directory";

    /// <summary>A CA of one label's own.</summary>
    private const string ApartUrl = "https://127.0.0.1:2/directory";

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
        var configuration = Configuration();
        await using var services = Services(rows, configuration);
        var (labels, table, follower, board) = (services.GetRequiredService<Labels>(), services.GetRequiredService<ICertificatePublisher>(), services.GetRequiredService<WishFollower>(), services.GetRequiredService<StatusBoard>());
        var (dispatcher, runner, settings) = (services.GetRequiredService<Dispatcher>(), services.GetRequiredService<LabelRunner>(), services.GetRequiredService<IAcmeSettings>());
        await services.GetRequiredService<StateLease>().TryTakeAsync(CancellationToken.None);
        await services.GetRequiredService<StateTakeover>().LoadAsync(CancellationToken.None);
        Console.WriteLine($"{count} labels, each with a certificate that is due in a month");

        var before = GC.GetTotalMemory(forceFullCollection: true);
        PlanTable.Show("published and known", count, () =>
        {
            foreach (var name in rows.Names)
            {
                var facts = FactsOf(name, name == rows.Apart ? ApartUrl : DirectoryUrl);
                labels.Of(name).Adopt(new LoadedLabel(name) { Certificate = facts });
                table.Publish(facts);
            }

            return Task.CompletedTask;
        });
        before = PlanTable.ShowMemory("a label that is stored and not wished", count, before);
        PlanTable.Show("wishes read, merged and taken", count, () => follower.ReadAsync(CancellationToken.None));
        before = PlanTable.ShowMemory("its wish, its place in the queue, its status", count, before);
        PlanTable.Show("a plan", count, async () =>
        {
            foreach (var name in rows.Names) await runner.RunAsync(name, CancellationToken.None);
        });
        _ = PlanTable.ShowMemory("its schedule and its plan", count, before);

        // The compiler's part is over after the first ones.
        for (var change = 0; change < Changes; change++) await ChangeAsync(change);
        var (processor, watch) = (Process.GetCurrentProcess().TotalProcessorTime, Stopwatch.StartNew());
        for (var change = 0; change < Changes; change++) await ChangeAsync(change);
        processor = Process.GetCurrentProcess().TotalProcessorTime - processor;
        PlanTable.Write($"| one changed wish, until it is planned | {processor.TotalMilliseconds / Changes:F3} ms of processor time, {watch.Elapsed.TotalMilliseconds / Changes:F3} ms |");

        var former = settings.Current;
        PlanTable.Show("a setting of everybody's changed, until it is known whom it concerns", count, () => ChangeSettingAsync("Acme:Renewal:Fraction", "0.7"));
        CheckConcern(count);
        PlanTable.Show("a plan for each again", count, async () =>
        {
            foreach (var name in rows.Names) await runner.RunAsync(name, CancellationToken.None);
        });

        // The first one pays for the compiler.
        former = settings.Current;
        await ChangeApartAsync(0);
        CheckConcern(1);
        (processor, watch) = (Process.GetCurrentProcess().TotalProcessorTime, Stopwatch.StartNew());
        for (var change = 1; change <= SettingChanges; change++) await ChangeApartAsync(change);
        processor = Process.GetCurrentProcess().TotalProcessorTime - processor;
        PlanTable.Write($"| a setting of one label's changed, until it is planned | {processor.TotalMilliseconds / SettingChanges:F1} ms of processor time, {watch.Elapsed.TotalMilliseconds / SettingChanges:F1} ms |");
        DueLabels.Measure(rows.Names);
        return 0;

        async Task ChangeApartAsync(int change)
        {
            await ChangeSettingAsync("Acme:Providers:apart:Limits", $"orders={301 + change}/3h");
            await runner.RunAsync(rows.Apart, CancellationToken.None);
        }

        // As a reload of a file comes to the worker.
        Task ChangeSettingAsync(string key, string value)
        {
            configuration[key] = value;
            configuration.Reload();
            return follower.ReadAsync(asksAll: false, CancellationToken.None);
        }

        void CheckConcern(int concerned)
        {
            var concern = SettingsConcern.Between(former, settings.Current);
            if (labels.All.Count(entry => concern.IsOf(entry.Wish, entry.Facts.OrderedFor)) != concerned) throw new InvalidOperationException("The setting concerns others.");
        }

        async Task ChangeAsync(int change)
        {
            var name = rows.Names[(int)((long)change * count / Changes)];
            rows.Change(name);
            await follower.ReadAsync(asksAll: false, CancellationToken.None);
            await runner.RunAsync(name, CancellationToken.None);
            if (dispatcher.NextDue is null || board.Changes < 0) throw new InvalidOperationException("Nothing waits.");
        }
    }

    /// <summary>A certificate that is due in a month.</summary>
    public static CertificateFacts FactsOf(string name) => FactsOf(name, DirectoryUrl);

    private static CertificateFacts FactsOf(string name, string directoryUrl)
    {
        var end = DateTimeOffset.UtcNow.AddDays(60);
        return new CertificateFacts(name, "20260101T000000Z-00000000", new SubjectNameSet([name]), AcmeKeyType.P256, KeyFamily.P256, new CaKey(directoryUrl), null, end.AddDays(-90), end);
    }

    private static IConfigurationRoot Configuration() => new ConfigurationBuilder().AddInMemoryCollection(Settings).AddInMemoryCollection([new("Acme:Providers:apart:Directory", ApartUrl)]).Build();

    private static ServiceProvider Services(Rows rows, IConfiguration configuration)
    {
        var services = new ServiceCollection();
        services.AddSingleton(configuration);
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

        /// <summary>The one that is wished of another CA.</summary>
        public string Apart => Names[count / 2];

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

        private DesiredCertificate Row(string name) => new([name], "row " + name) { Provider = name == Apart ? "apart" : null };
    }
}
