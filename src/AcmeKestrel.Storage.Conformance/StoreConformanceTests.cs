using System.Security.Cryptography;
using System.Text;

namespace AcmeKestrel.Storage.Conformance;

/// <summary>What every <see cref="IAcmeStore"/> keeps. A test class of a store derives from this and gives each test a store that is empty; xunit finds the tests in it.</summary>
public abstract partial class StoreConformanceTests
{
    /// <summary>A kind that no version knows.</summary>
    private const string KindOfOthers = "of-others-2";

    /// <summary>Names of all kinds that this version knows, and of one that it does not.</summary>
    public static TheoryData<string> Kinds => new(RecordKind.Known.Select(kind => kind.Name).Append(KindOfOthers));

    /// <summary>The test's token.</summary>
    protected static CancellationToken Cancel => TestContext.Current.CancellationToken;

    /// <summary>The store, empty at the beginning of a test.</summary>
    protected abstract IAcmeStore Store { get; }

    /// <summary>How long the leases of these tests last; a store whose clock cannot be turned takes a second or two.</summary>
    protected virtual TimeSpan LeaseDuration => TimeSpan.FromMinutes(1);

    /// <summary>What another process would have on the same records. A store that only one process can have gives <see cref="Store"/> itself.</summary>
    protected abstract IAcmeStore OpenAnother();

    /// <summary>Lets so much time pass for the store: turns its clock, or waits.</summary>
    protected abstract ValueTask PassAsync(TimeSpan time);

    /// <summary>
    /// Sets this machine's time of day forward or back, as an operator or an NTP daemon does: no time passes. To be done to the <see cref="TimeProvider"/> that the store has; a store that looks at no clock of this machine
    /// does nothing.
    /// </summary>
    protected abstract void SetTimeOfDay(TimeSpan by);

    [Theory, MemberData(nameof(Kinds))]
    public async Task A_record_comes_back_as_it_was_written(string kindName)
    {
        var kind = new RecordKind(kindName);
        var key = Key(kind, "shop.test");
        var content = Content(("meta.json", """{"a":1}"""), ("note", "text\nwith lines\n"), ("binary", "\0\x1"));

        var version = await WriteAsync(key, content, RecordVersion.Absent);
        var record = await Store.ReadAsync(key, Cancel);

        Assert.NotNull(record);
        Assert.Null(record.Error);
        Assert.Equal(key, record.Key);
        Assert.Equal(version, record.Version);
        Same(content, record.Content);
    }

    [Theory, MemberData(nameof(Kinds))]
    public async Task A_written_record_replaces_the_old_one_with_all_its_parts(string kindName)
    {
        var kind = new RecordKind(kindName);
        var key = Key(kind, "shop.test");
        await WriteAsync(key, Content(("old-part", "x")));
        await WriteAsync(key, Content(("new-part", "y")));

        Same(Content(("new-part", "y")), (await Store.ReadAsync(key, Cancel))!.Content);
    }

    [Fact]
    public async Task A_record_that_does_not_exist_reads_as_null() => Assert.Null(await Store.ReadAsync(Key(RecordKind.Order, "none.test"), Cancel));

    [Theory, MemberData(nameof(Kinds))]
    public async Task A_write_that_expects_no_record_is_refused_where_there_is_one(string kindName)
    {
        var kind = new RecordKind(kindName);
        var key = Key(kind, "shop.test");
        await WriteAsync(key, Content(("a", "1")), RecordVersion.Absent);

        var refused = await Assert.ThrowsAsync<StoreConflictException>(() => WriteAsync(key, Content(("a", "2")), RecordVersion.Absent).AsTask());

        Assert.Equal(key, refused.Key);
        Same(Content(("a", "1")), (await Store.ReadAsync(key, Cancel))!.Content);
    }

    [Theory, MemberData(nameof(Kinds))]
    public async Task A_write_on_an_old_version_is_refused(string kindName)
    {
        var kind = new RecordKind(kindName);
        var key = Key(kind, "shop.test");
        var first = await WriteAsync(key, Content(("a", "1")));
        var second = await WriteAsync(key, Content(("a", "2")), first);

        Assert.NotEqual(first, second);
        await Assert.ThrowsAsync<StoreConflictException>(() => WriteAsync(key, Content(("a", "3")), first).AsTask());
        Same(Content(("a", "2")), (await Store.ReadAsync(key, Cancel))!.Content);
    }

    /// <summary>Else whoever read the first one would take the third for it.</summary>
    [Theory, MemberData(nameof(Kinds))]
    public async Task No_version_comes_twice(string kindName)
    {
        var (key, seen) = (Key(new RecordKind(kindName), "shop.test"), new List<RecordVersion>());
        seen.Add(await WriteAsync(key, Content(("a", "1"))));
        seen.Add(await WriteAsync(key, Content(("a", "2"))));
        seen.Add(await WriteAsync(key, Content(("a", "1"))));
        seen.Add(await WriteAsync(key, Content(("a", "1"))));
        await DeleteAsync(key);
        seen.Add(await WriteAsync(key, Content(("a", "1"))));

        Assert.Equal(seen.Count, seen.Distinct().Count());
        Assert.Equal(seen[^1], (await Store.ReadAsync(key, Cancel))!.Version);
        await Assert.ThrowsAsync<StoreConflictException>(() => WriteAsync(key, Content(("a", "3")), seen[0]).AsTask());
        await Assert.ThrowsAsync<StoreConflictException>(() => DeleteAsync(key, seen[2]).AsTask());
    }

    [Fact]
    public async Task A_write_that_expects_a_version_is_refused_where_there_is_no_record() =>
        await Assert.ThrowsAsync<StoreConflictException>(() => WriteAsync(Key(RecordKind.Wish, "a.test"), Content(("a", "1")), new RecordVersion("7")).AsTask());

    [Theory, MemberData(nameof(Kinds))]
    public async Task A_deleted_record_is_gone_and_can_be_written_anew(string kindName)
    {
        var kind = new RecordKind(kindName);
        var key = Key(kind, "shop.test");
        var version = await WriteAsync(key, Content(("a", "1")));
        await DeleteAsync(key, version);

        Assert.Null(await Store.ReadAsync(key, Cancel));
        Assert.Empty(await ListAsync(kind));
        await DeleteAsync(key, version);
        await WriteAsync(key, Content(("a", "1")), RecordVersion.Absent);
    }

    [Fact]
    public async Task A_deletion_says_whether_there_was_something()
    {
        var key = Key(RecordKind.Order, "shop.test");
        Assert.False(await DeleteAsync(key));
        await WriteAsync(key, Content());
        Assert.True(await DeleteAsync(key));
        Assert.False(await DeleteAsync(key));
    }

    [Fact]
    public async Task A_deletion_of_an_old_version_is_refused()
    {
        var key = Key(RecordKind.Order, "shop.test");
        var first = await WriteAsync(key, Content(("a", "1")));
        await WriteAsync(key, Content(("a", "2")));

        await Assert.ThrowsAsync<StoreConflictException>(() => DeleteAsync(key, first).AsTask());
        Assert.NotNull(await Store.ReadAsync(key, Cancel));
    }

    [Fact]
    public async Task What_another_process_wrote_is_there()
    {
        var other = OpenAnother();
        var key = Key(RecordKind.Order, "shop.test");
        var version = await WriteAsync(key, Content(("a", "1")));

        Assert.Equal(version, (await other.ReadAsync(key, Cancel))!.Version);
        await other.WriteAsync(new StoreWrite(key, Content(("a", "2"))) { Expected = version }, Cancel);
        await Assert.ThrowsAsync<StoreConflictException>(() => WriteAsync(key, Content(("a", "3")), version).AsTask());
        Same(Content(("a", "2")), (await Store.ReadAsync(key, Cancel))!.Content);
    }

    [Fact]
    public void What_a_store_cannot_do_it_has_no_ability_for()
    {
        Assert.Null(Store.FindAbility<StoreConformanceTests>());
        Assert.Same(Store, Store.FindAbility<IAcmeStore>());
    }

    [Fact]
    public async Task Secret_parts_stay_secret()
    {
        foreach (var kind in RecordKind.Known)
        {
            await WriteAsync(Key(kind, "shop.test"), Content(("meta.json", "{}")));
            var parts = (await Store.ReadAsync(Key(kind, "shop.test"), Cancel))!.Content.Parts;

            Assert.True(parts.Single(part => part.Name == "privkey").Secret);
            Assert.False(parts.Single(part => part.Name == "meta.json").Secret);
        }
    }

    [Fact]
    public async Task The_store_keeps_its_own_copy_of_the_bytes()
    {
        var bytes = "before"u8.ToArray();
        await WriteAsync(Key(RecordKind.Wish, "a.test"), new RecordContent([new RecordPart("a", bytes)]));
        bytes[0] = (byte)'X';

        Assert.Equal("before"u8.ToArray(), (await Store.ReadAsync(Key(RecordKind.Wish, "a.test"), Cancel))!.Content.Find("a")!.Value.ToArray());
    }

    [Theory]
    [InlineData("answer")]
    [InlineData("account")]
    public async Task A_big_record_is_no_trouble(string kindName)
    {
        var kind = new RecordKind(kindName);
        var content = new RecordContent([new RecordPart("privkey", "k"u8.ToArray(), secret: true), new RecordPart("big", new byte[4 << 20])]);
        await WriteAsync(Key(kind, "big.test"), content);

        Same(content, (await Store.ReadAsync(Key(kind, "big.test"), Cancel))!.Content);
    }

    [Fact]
    public async Task Of_many_writers_of_one_version_one_wins()
    {
        var key = Key(RecordKind.Ledger, "counter");
        await WriteAsync(key, Content(("count", "0")));

        await Task.WhenAll(Enumerable.Range(0, 16).Select(_ => Task.Run(IncrementAsync, Cancel)));

        Assert.Equal("16", Encoding.ASCII.GetString((await Store.ReadAsync(key, Cancel))!.Content.Find("count")!.Value.Span));

        async Task IncrementAsync()
        {
            while (true)
            {
                var record = (await Store.ReadAsync(key, Cancel))!;
                var count = int.Parse(Encoding.ASCII.GetString(record.Content.Find("count")!.Value.Span), null);
                try
                {
                    await WriteAsync(key, Content(("count", $"{count + 1}")), record.Version);
                    return;
                }
                catch (StoreConflictException)
                {
                    // Another one was first.
                }
            }
        }
    }

    [Fact]
    public async Task Many_records_are_written_at_once()
    {
        var keys = Enumerable.Range(0, 64).Select(i => Key(RecordKind.Known[i % RecordKind.Known.Count], $"host{i}.test")).ToList();

        await Task.WhenAll(keys.Select(key => WriteAsync(key, Content(("a", key.Name)), RecordVersion.Absent).AsTask()));

        foreach (var key in keys) Same(Content(("a", key.Name)), (await Store.ReadAsync(key, Cancel))!.Content);
    }

    [Theory]
    [InlineData("")]
    [InlineData("a\0b")]
    [InlineData("line\nbreak")]
    public async Task A_name_that_is_no_text_is_refused(string name) =>
        await RefusedAsync(new RecordKey(RecordKind.Wish, name), Content());

    [Fact]
    public async Task A_name_with_half_a_surrogate_pair_is_refused() =>
        await RefusedAsync(new RecordKey(RecordKind.Wish, "half \ud800"), Content());

    [Theory]
    [InlineData("account", "no-authority")]
    [InlineData("account", "/x")]
    [InlineData("certificate", "no-generation")]
    [InlineData("certificate", "no-generation@")]
    public async Task A_name_without_the_form_of_its_kind_is_refused(string kind, string name) => await RefusedAsync(new RecordKey(new RecordKind(kind), name), Content());

    [Fact]
    public async Task No_kind_is_refused() => await RefusedAsync(new RecordKey(default, "a.test"), Content());

    [Theory]
    [InlineData("..")]
    [InlineData("../privkey")]
    [InlineData(".hidden")]
    [InlineData("UPPER")]
    [InlineData("")]
    public async Task A_part_name_that_is_no_name_is_refused(string part) =>
        await RefusedAsync(Key(RecordKind.Account, "a"), new RecordContent([new RecordPart(part, default)]));

    [Fact]
    public async Task Hostile_names_are_names_like_any_other()
    {
        string[] names = ["..", ".", "/etc/passwd", "../../x", "a/b", "a%2Fb", "con", "nul.test", "a\\b", "_.x", "*.x", "%", "%%", "~", "ü.test", "A", "a", "-rf", " ", "a.", "日本", new('x', 560), new('ü', 500)];
        foreach (var kind in new[] { RecordKind.Answer, RecordKind.Certificate, RecordKind.Account })
        {
            foreach (var name in names) await WriteAsync(Key(kind, name), Content(("a", name)), RecordVersion.Absent);

            Assert.Equal(names.Select(name => Key(kind, name).Name).Order(RecordKey.NameOrder), (await ListAsync(kind)).Select(record => record.Key.Name));
            foreach (var name in names) Same(Content(("a", name)), (await Store.ReadAsync(Key(kind, name), Cancel))!.Content);
        }
    }

    [Fact]
    public async Task Whatever_the_bytes_they_come_back()
    {
        var key = Key(RecordKind.Order, "bytes.test");
        string[] texts =
        [
            "{}", "[]", "{ \"a\" : 1.0e2 }", "{\"a\":\"\\u00e4\"}", " {}", "{}\n", "{\"a\":1,\"a\":2}", "[", "\ufeff{}", "text \u0085", "\"s\"", "{/**/}", "", "\r\n", "\u2028", new('[', 200), $"{new string('[', 200)}{new string(']', 200)}",
        ];
        var random = new Random(5);
        var samples = texts.Select(Encoding.UTF8.GetBytes).Concat(Enumerable.Range(0, 60).Select(length =>
        {
            var bytes = new byte[length];
            random.NextBytes(bytes);
            return bytes;
        }));
        foreach (var bytes in samples)
        {
            await WriteAsync(key, new RecordContent([new RecordPart("a", bytes)]));
            Assert.Equal(bytes, (await Store.ReadAsync(key, Cancel))!.Content.Find("a")!.Value.ToArray());
        }
    }

    /// <summary>A name that fits the kind: accounts and certificates have a form.</summary>
    protected static RecordKey Key(RecordKind kind, string name) =>
        new(kind, kind == RecordKind.Account ? $"{name}/thumbprint" : kind == RecordKind.Certificate ? $"{name}@20260101T000000Z-0a1b2c3d" : name);

    /// <summary>The parts that accounts and certificates cannot do without, and these.</summary>
    protected static RecordContent Content(params (string Name, string Text)[] parts) => new(
    [
        new RecordPart("privkey", "key"u8.ToArray(), secret: true),
        new RecordPart("fullchain", "chain"u8.ToArray()),
        .. parts.Select(part => new RecordPart(part.Name, Encoding.UTF8.GetBytes(part.Text))),
    ]);

    private static void Same(RecordContent expected, RecordContent actual) => Assert.Equal(Describe(expected), Describe(actual));

    private ValueTask<RecordVersion> WriteAsync(RecordKey key, RecordContent content, RecordVersion? expected = null, Fence? fence = null) =>
        Store.WriteAsync(new StoreWrite(key, content) { Expected = expected, Fence = fence }, Cancel);

    private ValueTask<bool> DeleteAsync(RecordKey key, RecordVersion? expected = null, Fence? fence = null) =>
        Store.DeleteAsync(new StoreDeletion(key) { Expected = expected, Fence = fence }, Cancel);

    private Task RefusedAsync(RecordKey key, RecordContent content) => Assert.ThrowsAnyAsync<ArgumentException>(() => WriteAsync(key, content).AsTask());

    private static IEnumerable<string> Describe(RecordContent content) =>
        content.Parts.OrderBy(part => part.Name, StringComparer.Ordinal).Select(part => $"{part.Name}:{part.Secret}:{Convert.ToHexString(SHA256.HashData(part.Bytes.Span))}");
}
