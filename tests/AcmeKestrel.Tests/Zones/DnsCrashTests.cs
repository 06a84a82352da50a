using System.Collections.Concurrent;
using AcmeKestrel.Certificates;
using AcmeKestrel.Configuration.Zones;
using AcmeKestrel.Lifecycle.Dispatching;
using AcmeKestrel.Lifecycle.Proving;
using AcmeKestrel.Lifecycle.Telling;
using AcmeKestrel.Storage;
using AcmeKestrel.Tests.Lifecycle;
using AcmeKestrel.Tests.Serving;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using TestCa = AcmeKestrel.Tests.Lifecycle.TestCa;

namespace AcmeKestrel.Tests.Zones;

/// <summary>Promise 6 for records in DNS: killed before or after any write, any request to the CA, and anything asked of a DNS provider.</summary>
public sealed class DnsCrashTests
{
    [Fact]
    public async Task Killed_at_any_moment_the_next_process_leaves_no_record_and_removes_none_of_another_order()
    {
        for (var moment = 1; ; moment++)
        {
            var world = new World();
            var died = await world.RunAsync(new Death(moment));
            if (died) await world.RunAsync(new Death(int.MaxValue));

            world.CheckThatAllIsWell($"moment {moment}", died ? 3 : 2);
            if (died) continue;

            Assert.True(moment > 80, $"The decorators are not in the way: {moment} moments.");
            return;
        }
    }

    [Fact]
    public async Task Killed_twice_it_still_leaves_none()
    {
        var random = new Random(7);
        for (var run = 0; run < 40; run++)
        {
            var world = new World();
            var (first, second) = (random.Next(1, 100), random.Next(1, 100));
            await world.RunAsync(new Death(first));
            await world.RunAsync(new Death(second));
            await world.RunAsync(new Death(int.MaxValue));

            world.CheckThatAllIsWell($"moments {first} and {second}", 4);
        }
    }

    /// <summary>Two certificates whose records stand at one name, beside that of somebody else.</summary>
    private sealed class World
    {
        private const string Place = "proofs.example.net";

        private static readonly string[] Names = ["shop.test", "club.test"];

        private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 11, 23, 12, 0, 0, TimeSpan.Zero));
        private readonly ConcurrentDictionary<string, string> _records = new() { ["of somebody else"] = Place };
        private readonly TestCa _ca;
        private readonly TestStore _store;

        public World()
        {
            (_ca, _store) = (new TestCa(_time), new TestStore(_time));
            Settings = new TestSettings
            {
                Dns = new DnsSettings
                {
                    Default = "corp",
                    Providers = new(new Dictionary<string, DnsProviderSetting> { ["corp"] = new("corp", null, new()) }),
                    Aliases = new(Names.ToDictionary(name => name, _ => Place)),
                },
            };
        }

        private TestSettings Settings { get; }

        /// <summary>One process; true when it died.</summary>
        public async Task<bool> RunAsync(Death death)
        {
            try
            {
                await using var edge = await Edge.StartAsync(_time, _ca, Settings, new Death.Store(_store, death), [.. Names.Select(name => Wishes.Of(name, challenges: [ChallengeTypes.Dns01]))], () => new Death.Transport(_ca.Transport(), death), also: services =>
                {
                    services.AddSingleton(new DnsProviderTypes([], [new DnsProviderInCode("corp", _ => new Provider(_records, death))], null!));
                    services.AddSingleton<IDnsLookup>(new FakeZone());
                });
                _ca.Probe = (_, _, token) => Task.FromResult(_records.ContainsKey(token) ? null : "no such record");
                using var over = new CancellationTokenSource();
                var cleaning = edge.Get<DnsCleaner>().RunAsync(edge.Session, over.Token);
                try
                {
                    while (!death.HasCome && Names.Any(name => StatusOf(edge, name)?.State is not AcmeCertificateState.Served)) await GoOnAsync(edge, death);
                    await Eventually.TrueAsync(() => death.HasCome || _store.All(RecordKind.DnsLeftover).Count == 0);
                }
                finally
                {
                    await over.CancelAsync();
                    await cleaning.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                }
            }
            catch (Exception) when (death.HasCome)
            {
                // Died before it came to its first label.
            }

            return death.HasCome;
        }

        public void CheckThatAllIsWell(string when, int orders)
        {
            Assert.True(_records.Keys.SequenceEqual(["of somebody else"]), $"{when}: {string.Join(", ", _records.Keys)} is there.");
            Assert.Empty(_store.All(RecordKind.DnsLeftover));
            Assert.Empty(_store.All(RecordKind.Order));
            Assert.True(_ca.FailedValidations.Count == 0, $"{when}: the CA found no record of {string.Join(", ", _ca.FailedValidations)}.");
            Assert.True(_ca.Certificates.Count == Names.Length, $"{when}: {_ca.Certificates.Count} certificates were bought.");
            Assert.True(_ca.Orders.Count <= orders, $"{when}: {_ca.Orders.Count} orders were made.");
        }

        /// <summary>Null: it was not looked at yet.</summary>
        private static AcmeCertificateStatus? StatusOf(Edge edge, string label) => edge.Get<StatusBoard>().List().FirstOrDefault(status => status.Label == label);

        /// <summary>Work on DNS is done on other threads and wakes its label; no time passes meanwhile.</summary>
        private async Task GoOnAsync(Edge edge, Death death)
        {
            if (Names.Any(name => StatusOf(edge, name)?.Reason?.Contains("DNS", StringComparison.Ordinal) is true)) await Eventually.TrueAsync(() => death.HasCome || edge.Get<Dispatcher>().NextDue <= _time.GetUtcNow());
            await edge.RunNextAsync();
        }
    }

    private sealed class Provider(ConcurrentDictionary<string, string> records, Death death) : IDnsProvider
    {
        public Task CheckAsync(DnsChallengeRecord record, CancellationToken cancellationToken)
        {
            death.Pass();
            return Task.CompletedTask;
        }

        public Task AddAsync(DnsChallengeRecord record, CancellationToken cancellationToken)
        {
            death.Pass();
            records[record.Token] = record.Name;
            death.Pass();
            return Task.CompletedTask;
        }

        public Task RemoveAsync(DnsChallengeRecord record, CancellationToken cancellationToken)
        {
            death.Pass();
            records.TryRemove(record.Token, out _);
            death.Pass();
            return Task.CompletedTask;
        }
    }
}
