using System.Text;
using AcmeKestrel.Storage;
using AcmeKestrel.Storage.Engine;
using AcmeKestrel.Tests.Lifecycle;
using AcmeKestrel.Tests.Serving;
using Microsoft.Extensions.Logging.Abstractions;

namespace AcmeKestrel.Tests.Storage;

/// <summary>An engine that may go away, and what a machine keeps of its certificates.</summary>
internal sealed class CopiedScene : IDisposable
{
    public static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    private readonly List<CopiedStore> _stores = [];

    public CopiedScene()
    {
        (Engine, Kept) = (new MemoryStore(Time), new MemoryStore(Time));
        Flaky = new FlakyStore(Engine);
        Store = Open();
    }

    public SettableTime Time { get; } = new(DateTimeOffset.UtcNow);

    public MemoryStore Engine { get; }

    public IAcmeStore Kept { get; }

    /// <summary>The engine as the stores see it.</summary>
    public FlakyStore Flaky { get; }

    public CopiedStore Store { get; }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _stores.ForEach(store => store.Dispose());

    /// <summary>As after a restart.</summary>
    public CopiedStore Open()
    {
        var store = new CopiedStore(Flaky, new LocalCopy(Kept, NullLogger.Instance), Time, NullLogger<CopiedStore>.Instance);
        _stores.Add(store);
        return store;
    }

    public void GoAway()
    {
        Flaky.Reading = _ => throw new StoreUnavailableException("away");
        Flaky.Listing = _ => throw new StoreUnavailableException("away");
    }

    public async Task<bool> CopiedAsync(params string[] names)
    {
        var found = new List<string>();
        await foreach (var entry in Kept.ListEntriesAsync(new StoreQuery(RecordKind.Certificate), Token)) found.Add(entry.Key.Name);
        return found.Order(StringComparer.Ordinal).SequenceEqual(names);
    }

    /// <summary>Who would wait for the clock waits no longer than this.</summary>
    public static Task<List<string>> HeadsAsync(IAcmeStore store, Action<IReadOnlyCollection<string>>? named = null)
    {
        return ListAsync().WaitAsync(Limit, Token);

        async Task<List<string>> ListAsync()
        {
            var heads = new List<string>();
            await foreach (var head in store.ListHeadsAsync(new StoreHeadQuery(RecordKind.Certificate, "meta.json") { Named = named }, Token)) heads.Add(head.Key.Name);
            return heads;
        }
    }

    /// <inheritdoc cref="HeadsAsync"/>
    public static async Task<string> ReadAsync(IAcmeStore store, string name) => Encoding.UTF8.GetString((await store.ReadAsync(Key(name), Token).AsTask().WaitAsync(Limit, Token))!.Content.Find("privkey")!.Value.Span);

    public Task WriteAsync(string name, string text) => Store.WriteAsync(new StoreWrite(Key(name), Content(text)), Token).AsTask();

    public static RecordKey Key(string name) => new(RecordKind.Certificate, name);

    public static RecordContent Content(string text) => new([new RecordPart("meta.json", "{}"u8.ToArray()), new RecordPart("privkey", Encoding.UTF8.GetBytes(text), secret: true)]);
}
