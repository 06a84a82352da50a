using System.Collections.Concurrent;
using System.Net;

namespace AcmeKestrel.Tests.Zones;

/// <summary>A zone in memory: who writes into it, and who looks into it.</summary>
internal sealed class FakeZone : IDnsProvider, IDnsLookup
{
    private readonly ConcurrentDictionary<(string Name, string Value), bool> _records = new();

    /// <summary>What was done, in order.</summary>
    public ConcurrentQueue<string> Done { get; } = [];

    /// <summary>The most values that ever stood side by side.</summary>
    public int Most { get; private set; }

    public IEnumerable<string> Names => _records.Keys.Select(record => record.Name).Order(StringComparer.Ordinal);

    public bool IsByHand { get; init; }

    public Func<DnsChallengeRecord, Task> Adding { get; set; } = _ => Task.CompletedTask;

    public Func<DnsChallengeRecord, Task> Removing { get; set; } = _ => Task.CompletedTask;

    public Func<DnsChallengeRecord, Task> Checking { get; set; } = _ => Task.CompletedTask;

    /// <summary>Aliases, by name.</summary>
    public Dictionary<string, string> Targets { get; } = [];

    /// <summary>Why it cannot be found out where a name leads; null: it can.</summary>
    public Func<string, Exception?> FindingTarget { get; set; } = _ => null;

    /// <summary>What a look finds: who does not show the record.</summary>
    public Func<string, IReadOnlyList<DnsAbsence>> Looking { get; set; } = _ => [];

    public Dictionary<string, IReadOnlyList<CaaRecord>> Caa { get; } = [];

    /// <summary>Why the CAA records of a name cannot be asked; null: they can.</summary>
    public Func<string, Exception?> AskingCaa { get; set; } = _ => null;

    /// <summary>What an operator has set.</summary>
    public Dictionary<string, IReadOnlyList<string>> Texts { get; } = [];

    /// <summary>What each of the zone's servers has at a name; by default there is one, which has all.</summary>
    public Func<string, IReadOnlyList<DnsTexts>>? Servers { get; set; }

    public IReadOnlyList<string> ValuesAt(string name)
    {
        var at = Targets.GetValueOrDefault(name, name);
        return [.. _records.Keys.Where(record => record.Name == at).Select(record => record.Value), .. Texts.GetValueOrDefault(at, [])];
    }

    public bool Has(string name, string value) => _records.ContainsKey((Targets.GetValueOrDefault(name, name), value));

    public async Task AddAsync(DnsChallengeRecord record, CancellationToken cancellationToken)
    {
        await Adding(record);
        _records[(record.Name, record.Value)] = true;
        lock (this) Most = Math.Max(Most, _records.Count);
        Done.Enqueue($"add {record.Name}");
    }

    public async Task RemoveAsync(DnsChallengeRecord record, CancellationToken cancellationToken)
    {
        await Removing(record);
        _records.TryRemove((record.Name, record.Value), out _);
        Done.Enqueue($"remove {record.Name}");
    }

    public Task CheckAsync(DnsChallengeRecord record, CancellationToken cancellationToken) => Checking(record);

    public Task<string> FindTargetAsync(string name, IReadOnlyList<IPEndPoint> resolvers, CancellationToken cancellationToken) =>
        FindingTarget(name) is { } fault ? Task.FromException<string>(fault) : Task.FromResult(Targets.GetValueOrDefault(name, name));

    public Task<IReadOnlyList<DnsAbsence>> FindAbsencesAsync(string name, string value, IReadOnlyList<IPEndPoint> resolvers, CancellationToken cancellationToken)
    {
        Done.Enqueue($"look {name}");
        return Task.FromResult(Looking(name));
    }

    public Task<IReadOnlyList<DnsTexts>> FindTextsByServerAsync(string name, IReadOnlyList<IPEndPoint> resolvers, CancellationToken cancellationToken) =>
        Task.FromResult(Servers?.Invoke(name) ?? [new DnsTexts("ns1.shop.test", ValuesAt(name))]);

    public Task<IReadOnlyList<CaaRecord>> FindCaaAsync(string name, IReadOnlyList<IPEndPoint> resolvers, CancellationToken cancellationToken) => AskingCaa(name) is { } fault ? Task.FromException<IReadOnlyList<CaaRecord>>(fault) : Task.FromResult(Caa.GetValueOrDefault(name, []));
}
