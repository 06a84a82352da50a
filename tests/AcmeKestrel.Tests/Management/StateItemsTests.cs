using AcmeKestrel.Lifecycle.Accounts;
using AcmeKestrel.Management.Backups;
using AcmeKestrel.Protocol;
using AcmeKestrel.Storage;

namespace AcmeKestrel.Tests.Management;

/// <summary>What a backup reads while a server goes on.</summary>
public sealed class StateItemsTests
{
    private static readonly StateDirectoryOptions Nowhere = new(Path.Combine(Path.GetTempPath(), "acme-nowhere"), KeyGroup: null);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>A change of an account's key writes another record and deletes the one that was listed.</summary>
    [Fact]
    public async Task What_moves_to_another_name_between_the_list_and_the_look_is_read_there()
    {
        var (former, present) = (Account(), Account());
        var memory = new MemoryStore();
        await memory.WriteAsync(new StoreWrite(former.Key, former.Write()), Token);

        var items = await StateItems.ReadAsync(new MovingStore(memory, former, present), Nowhere, Token).ToListAsync(Token);

        Assert.Equal(present.Key, Assert.IsType<BackupItem.Record>(Assert.Single(items)).Stored.Key);
    }

    /// <summary>It was listed under the former name when that was gone, and no more under the present one.</summary>
    [Fact]
    public async Task What_a_list_meets_under_neither_name_is_found_by_the_next_one()
    {
        var account = Account();
        var memory = new MemoryStore();
        await memory.WriteAsync(new StoreWrite(account.Key, account.Write()), Token);

        var items = await StateItems.ReadAsync(new MissingStore(memory), Nowhere, Token).ToListAsync(Token);

        Assert.Equal(account.Key, Assert.IsType<BackupItem.Record>(Assert.Single(items)).Stored.Key);
    }

    [Fact]
    public async Task What_passes_is_not_kept()
    {
        var memory = new MemoryStore();
        foreach (var kind in new[] { RecordKind.Request, RecordKind.Answer, RecordKind.Schedule })
        {
            await memory.WriteAsync(new StoreWrite(new RecordKey(kind, "x"), new RecordContent([new RecordPart("x.json", "{}"u8.ToArray())])), Token);
        }

        Assert.Equal(RecordKind.Schedule, Assert.IsType<BackupItem.Record>(Assert.Single(await StateItems.ReadAsync(memory, Nowhere, Token).ToListAsync(Token))).Stored.Key.Kind);
    }

    private static AccountRecord Account()
    {
        using var key = AcmeAccountKey.Create();
        return AccountRecord.Create("https://ca.test/directory", "ops@example.test", key, DateTimeOffset.UnixEpoch);
    }

    private sealed class MovingStore(IAcmeStore inner, AccountRecord former, AccountRecord present) : DelegatingStore(inner)
    {
        public override async ValueTask<StoreRecord?> ReadAsync(RecordKey key, CancellationToken cancellationToken)
        {
            if (key == former.Key)
            {
                await base.WriteAsync(new StoreWrite(present.Key, present.Write()), cancellationToken);
                await base.DeleteAsync(new StoreDeletion(former.Key), cancellationToken);
            }

            return await base.ReadAsync(key, cancellationToken);
        }
    }

    /// <summary>Its first list of accounts has none.</summary>
    private sealed class MissingStore(IAcmeStore inner) : DelegatingStore(inner)
    {
        private bool _wasListed;

        public override IAsyncEnumerable<StoreRecord> ListAsync(StoreQuery query, CancellationToken cancellationToken)
        {
            if (query.Kind != RecordKind.Account || _wasListed) return base.ListAsync(query, cancellationToken);

            _wasListed = true;
            return AsyncEnumerable.Empty<StoreRecord>();
        }
    }
}
