using AcmeKestrel.Storage;
using CsCheck;

namespace AcmeKestrel.Tests.Management.Copies;

/// <summary>Whatever the source does between copies, and wherever a copy ends, the next whole one leaves both the same.</summary>
public sealed class StoreCopyPropertyTests
{
    private static readonly RecordKind[] Kinds = [RecordKind.Certificate, RecordKind.Account, RecordKind.Order, RecordKind.Schedule, RecordKind.Ledger, RecordKind.Wish];

    private static readonly RecordContent[] Certificates = [.. Enumerable.Range(0, 3).Select(number => CopyScene.Content("x.test", number))];

    private static readonly (RecordKey Key, RecordContent Content)[] Accounts = [.. Enumerable.Range(0, 4).Select(number => CopyScene.Account($"https://ca.test/account/{number}")).Select(account => (account.Key, account.Write()))];

    /// <summary>Kind, name, what it holds (3: it goes).</summary>
    private static readonly Gen<(RecordKind Kind, int Name, int Value)[]> Changes = Gen.Select(Gen.Int[0, 5].Select(number => Kinds[number]), Gen.Int[0, 5], Gen.Int[0, 3]).Array[1, 20];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public Task Nothing_is_lost_and_nothing_stays_that_went() => Gen.Select(Changes, Gen.Int[0, 12]).Array[1, 4].SampleAsync(
        async rounds =>
        {
            using var scene = new CopyScene();
            await CopyScene.WriteAsync(scene.Redis, RecordKind.Wish, "always", "1");
            foreach (var (changes, end) in rounds)
            {
                foreach (var (kind, name, value) in changes) await ChangeAsync(scene.Redis, kind, name, value);
                var writes = 0;
                scene.Around = (type, store) => type == "Redis" ? store : new HookedStore(store) { BeforeWrite = () => { if (writes++ == end) throw new StoreUnavailableException("killed"); } };
                try
                {
                    await scene.CopyAsync("Redis", "PostgreSql", overwrite: true);
                }
                catch (StoreUnavailableException)
                {
                    continue;
                }

                Assert.Equal(await scene.ContentAsync("Redis"), await scene.ContentAsync("PostgreSql"));
            }

            scene.Around = (_, store) => store;
            var last = await scene.CopyAsync("Redis", "PostgreSql", overwrite: true);
            var content = await scene.ContentAsync("Redis");
            Assert.Equal(content, await scene.ContentAsync("PostgreSql"));
            Assert.Equal(content.Count, last.Copied + last.Unchanged);
        },
        iter: 150);

    private static async Task ChangeAsync(MemoryStore store, RecordKind kind, int name, int value)
    {
        var (key, content) = kind == RecordKind.Account ? Accounts[name % Accounts.Length]
            : kind == RecordKind.Certificate ? (CopyScene.Certificate($"n{name / 3}.test", 1 + (name % 3)), Certificates[value % 3])
            : (new RecordKey(kind, $"{name}"), new RecordContent([new RecordPart("x", new byte[] { (byte)value })]));
        if (value == 3) await store.DeleteAsync(new StoreDeletion(key), Token);
        else await store.WriteAsync(new StoreWrite(key, content), Token);
    }
}
