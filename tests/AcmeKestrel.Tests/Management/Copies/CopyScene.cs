using System.Runtime.CompilerServices;
using System.Text;
using AcmeKestrel.Certificates;
using AcmeKestrel.Configuration.Stores;
using AcmeKestrel.Lifecycle.Accounts;
using AcmeKestrel.Lifecycle.State;
using AcmeKestrel.Management.Copies;
using AcmeKestrel.Protocol;
using AcmeKestrel.Storage;
using AcmeKestrel.Tests.Certificates;
using AcmeKestrel.Tests.Configuration;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.Extensions.DependencyInjection;

namespace AcmeKestrel.Tests.Management.Copies;

/// <summary>An application with a state directory and two engines in memory.</summary>
internal sealed class CopyScene : IDisposable
{
    public const string Ca = "https://ca.test/directory";

    private static readonly (CertificateChain Chain, byte[] Key) Issued = TestChain.Create(AcmeKeyType.P256, "shop.test");

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("acme-copy-");
    private readonly TestConfiguration _configuration;

    public CopyScene(bool protects = false, params (string Key, string? Value)[] others) => _configuration = new TestConfiguration(
        [
            ("Acme:StateDirectory", State), ("Acme:Store:ProtectSecrets", protects ? "true" : "false"), ("Acme:Providers:test:Directory", Ca),
            ("Acme:Store:Redis:Configuration", "127.0.0.1:1"), ("Acme:Store:PostgreSql:ConnectionString", "Host=127.0.0.1"), .. others,
        ],
        services =>
        {
            services.AddSingleton<IDataProtectionProvider, EphemeralDataProtectionProvider>();
            services.AddSingleton<IStoreDoor>(provider => new HookedDoor(new StoreDoor(provider), this));
            services.AddAcme().AddStoreType("Redis", (keys, _) => Engine(Redis, keys.Read("Configuration"))).AddStoreType("PostgreSql", (keys, _) => Engine(PostgreSql, keys.Read("ConnectionString")));
        });

    public static IEnumerable<RecordKind> Lasting { get; } = RecordKind.Known.Except([RecordKind.Request, RecordKind.Answer]).Append(new RecordKind("of-tomorrow"));

    public string State => Path.Combine(_folder.FullName, "state");

    public MemoryStore Redis { get; } = new();

    public MemoryStore PostgreSql { get; } = new();

    /// <summary>Stands around each store that a copy opens.</summary>
    public Func<string, IAcmeStore, IAcmeStore> Around { get; set; } = (_, store) => store;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public Task<AcmeStoreCopyResult> CopyAsync(string from, string to, bool overwrite = false) =>
        _configuration.Services.GetRequiredService<IAcmeStores>().CopyAsync(new AcmeStoreCopyRequest(from, to) { Overwrite = overwrite }, Token);

    /// <summary>As a server would have it.</summary>
    public IAcmeStore Open(string type) => new StoreDoor(_configuration.Services).Open(_configuration.Services.GetRequiredService<StoreTypeSettings>().Read(type));

    public async Task WithAsync(string type, Func<IAcmeStore, Task> work)
    {
        var store = Open(type);
        await work(store);
        (store as IDisposable)?.Dispose();
    }

    public async Task<SortedDictionary<string, string>> ContentAsync(string type)
    {
        var content = new SortedDictionary<string, string>(StringComparer.Ordinal);
        await WithAsync(type, async store =>
        {
            foreach (var kind in Lasting)
            {
                await foreach (var record in store.ListAsync(new StoreQuery(kind), Token))
                {
                    Assert.Null(record.Error);
                    content[record.Key.ToString()] = string.Join('\n', record.Content.Parts.OrderBy(part => part.Name, StringComparer.Ordinal).Select(part => $"{part.Name}={Convert.ToHexString(part.Bytes.Span)}"));
                }
            }
        });
        return content;
    }

    /// <summary>Something of each kind; what passes, too. A store other than a directory cannot tell which kinds it has beyond those that are known.</summary>
    /// <returns>How much of it lasts.</returns>
    public async Task<int> SeedAsync(string type)
    {
        await WithAsync(type, async store =>
        {
            foreach (var kind in RecordKind.Known.Where(kind => kind != RecordKind.Account && kind != RecordKind.Certificate)) await WriteAsync(store, kind, "shop.test", $"{{ \"a\": \"{kind}\" }}");
            if (type == "Directory") await WriteAsync(store, new RecordKind("of-tomorrow"), "shop.test", "{}");
            await WriteAsync(store, Certificate("shop.test", 1), Content("shop.test", 1));
            await WriteAsync(store, Certificate("shop.test", 2), Content("shop.test", 2));
            await WriteAsync(store, Certificate("blog.test", 1), Content("blog.test", 1));
            var account = Account("https://ca.test/account/1");
            await WriteAsync(store, account.Key, account.Write());
        });
        return RecordKind.Known.Count - 4 + 3 + 1 + (type == "Directory" ? 1 : 0);
    }

    public static RecordKey Certificate(string label, int day) => GenerationRecord.Key(label, $"202601{day:00}T000000Z-12345678");

    public static RecordContent Content(string label, int number) => GenerationRecord.Write(new Generation(label, "any", Issued.Chain, Issued.Key, new GenerationOrigin(
        $"https://ca.test/order/{number}", $"https://ca.test/certificate/{number}", Ca, "https://ca.test/account/1", AcmeKeyType.P256, null, null, TestChain.From)));

    public static AccountRecord Account(string url)
    {
        using var key = AcmeAccountKey.Create();
        var made = AccountRecord.Create(Ca, "ops@example.test", key, DateTimeOffset.UnixEpoch);
        return made with { Facts = made.Facts with { Url = url } };
    }

    public static Task WriteAsync(IAcmeStore store, RecordKind kind, string name, string text) =>
        WriteAsync(store, new RecordKey(kind, name), new RecordContent([new RecordPart("part.json", Encoding.UTF8.GetBytes(text)), new RecordPart("privkey", "a key"u8.ToArray(), secret: true)]));

    public static async Task WriteAsync(IAcmeStore store, RecordKey key, RecordContent content) => await store.WriteAsync(new StoreWrite(key, content), Token);

    public void Dispose()
    {
        _configuration.Dispose();
        _folder.Delete(recursive: true);
    }

    private static MemoryStore Engine(MemoryStore engine, string? said)
    {
        Assert.NotEqual("nonsense", said);
        return engine;
    }

    private sealed class HookedDoor(StoreDoor door, CopyScene scene) : IStoreDoor
    {
        public IAcmeStore Open(StoreSettings settings) => scene.Around(settings.Type, door.Open(settings));
    }
}

/// <summary>A store in which something happens before a step.</summary>
internal sealed class HookedStore(IAcmeStore inner) : DelegatingStore(inner), IDisposable
{
    public Action BeforeWrite { get; init; } = () => { };

    public Func<RecordKind, Task> AfterList { get; init; } = _ => Task.CompletedTask;

    public override ValueTask<RecordVersion> WriteAsync(StoreWrite write, CancellationToken cancellationToken)
    {
        BeforeWrite();
        return base.WriteAsync(write, cancellationToken);
    }

    public override ValueTask<bool> DeleteAsync(StoreDeletion deletion, CancellationToken cancellationToken)
    {
        BeforeWrite();
        return base.DeleteAsync(deletion, cancellationToken);
    }

    public override async IAsyncEnumerable<StoreRecord> ListAsync(StoreQuery query, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (var record in base.ListAsync(query, cancellationToken)) yield return record;
        await AfterList(query.Kind);
    }

    public void Dispose() => (Inner as IDisposable)?.Dispose();
}
