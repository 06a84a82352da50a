using AcmeKestrel.Lifecycle.Accounts;
using AcmeKestrel.Lifecycle.Delivering;
using AcmeKestrel.Lifecycle.OnDemand;
using AcmeKestrel.Lifecycle.Ordering;
using AcmeKestrel.Lifecycle.Providers;
using AcmeKestrel.Lifecycle.RunTime;
using AcmeKestrel.Lifecycle.State;
using AcmeKestrel.Management.Requests;
using AcmeKestrel.Storage;

namespace AcmeKestrel.Tests.Lifecycle;

/// <summary>Whatever a record makes its reader throw is damage of that record.</summary>
public sealed class RecordDecodingTests
{
    private static readonly RecordKey Key = new(RecordKind.Wish, "shop.test");

    /// <summary>All who read what is in records.</summary>
    private static readonly Dictionary<string, Action<StoreRecord>> Readers = new()
    {
        ["account"] = record => AccountRecord.Read(record),
        ["certificate"] = record => GenerationRecord.Read(record),
        ["certificate for use"] = record => GenerationRecord.ReadForUse(record),
        ["schedule"] = record => ScheduleRecord.Read(record),
        ["order"] = record => OrderRecord.Read(record),
        ["revocation"] = record => RevocationRecord.Read(record),
        ["answer"] = record => StoredAnswers.Read(record),
        ["ledger"] = record => LedgerRecord.Read(record),
        ["level of a ledger"] = record => LedgerRecord.ReadLevel(record),
        ["wish"] = record => RunTimeWishRecord.Read(record),
        ["name on demand"] = record => OnDemandName.Read(record),
        ["request"] = record => RequestRecord.Read(record),
        ["what is owed"] = record => DeliveryRecord.ReadOwed(record),
        ["trouble of a hook"] = record => DeliveryRecord.ReadTrouble(record),
    };

    public static TheoryData<string> Names => [.. Readers.Keys];

    /// <summary>As an engine of its own may give it.</summary>
    [Theory]
    [MemberData(nameof(Names))]
    public void What_breaks_a_reader_is_damage_and_its_record_is_named(string reader)
    {
        var damaged = Assert.Throws<DamagedRecordException>(() => Readers[reader](new StoreRecord(Key, new RecordVersion("1"), new RecordContent([])) with { Content = null! }));

        Assert.StartsWith($"{Key}", damaged.Message, StringComparison.Ordinal);
        Assert.IsType<NullReferenceException>(damaged.InnerException);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void What_cannot_be_read_now_is_no_damage(string reader)
    {
        var unread = new StoreRecord(Key, new RecordVersion("1"), new RecordContent([])) { Error = "The disk does not answer.", IsUnread = true };

        Assert.Equal("The disk does not answer.", Assert.Throws<StoreUnavailableException>(() => Readers[reader](unread)).Message);
    }

    public static TheoryData<Exception> Unthought => [new InvalidOperationException("no"), new ArgumentException("no"), new OverflowException("no"), new KeyNotFoundException("no"), new InvalidCastException("no"), new IndexOutOfRangeException("no")];

    [Theory]
    [MemberData(nameof(Unthought))]
    public void What_nobody_thought_of_is_damage(Exception unthought)
    {
        var damaged = Assert.Throws<DamagedRecordException>(() => RecordCodec.Decode<int>(Key, () => throw unthought));

        Assert.Equal(($"{Key} cannot be read: no", unthought), (damaged.Message, damaged.InnerException));
    }

    [Fact]
    public void What_was_thought_of_is_said_as_it_was()
    {
        var thoughtOf = new DamagedRecordException("it is the order of another name");

        Assert.Same(thoughtOf, Assert.Throws<DamagedRecordException>(() => RecordCodec.Decode<int>(Key, () => throw thoughtOf)));
    }
}
