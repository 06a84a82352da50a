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

    [Theory, MemberData(nameof(Kinds))]
    public async Task The_keys_can_be_had_alone(string kindName)
    {
        var kind = new RecordKind(kindName);
        string[] names = ["shop.test", "Shop.test", $"{new string('a', 300)}.test", "*.shop.test"];
        foreach (var name in names) await WriteAsync(Key(kind, name), Content(("part", name)));

        var keys = new List<RecordKey>();
        await foreach (var entry in Store.ListEntriesAsync(new StoreQuery(kind), Cancel)) keys.Add(entry.Key);

        Assert.Equal(names.Select(name => Key(kind, name).Name).Order(RecordKey.NameOrder), keys.Select(key => key.Name).Order(RecordKey.NameOrder));
        Assert.All(keys, key => Assert.Equal(kind, key.Kind));
    }

    [Theory, MemberData(nameof(Kinds))]
    public async Task The_records_of_a_prefix_come_in_order_and_no_others(string kindName)
    {
        var kind = new RecordKind(kindName);
        string[] names = ["shop.test", "shop.testing", "shop.tes", "a.shop.test", "shop.test.more"];
        foreach (var name in names) await WriteAsync(Key(kind, name), Content(("part", name)));
        var prefix = Key(kind, "shop.test").Name[..^1];

        var found = new List<StoreRecord>();
        await foreach (var record in Store.ListAsync(new StoreQuery(kind) { Prefix = prefix }, Cancel)) found.Add(record);

        Assert.Equal(names.Select(name => Key(kind, name).Name).Where(name => name.StartsWith(prefix, StringComparison.Ordinal)).Order(RecordKey.NameOrder), found.Select(record => record.Key.Name));
        Assert.All(found, record => Assert.NotEmpty(record.Content.Parts));
    }

    [Theory, MemberData(nameof(Kinds))]
    public async Task One_part_of_the_heads_can_be_had_and_is_what_was_written_last(string kindName)
    {
        var kind = new RecordKind(kindName);
        await WriteAsync(Key(kind, "a.test"), Content(("meta.json", """{"a":1}"""), ("other", "x")));
        await WriteAsync(Key(kind, "b.test"), Content(("meta.json", """{"b":1}""")));
        await WriteAsync(Key(kind, "a.test"), Content(("meta.json", """{"a":2}""")));
        await WriteAsync(Key(kind, $"{new string('c', 300)}.test"), Content(("meta.json", """{"c":1}""")));
        await WriteAsync(Key(kind, "none.test"), Content(("other", "x")));
        await WriteAsync(Key(kind, "gone.test"), Content(("meta.json", "{}")));
        await DeleteAsync(Key(kind, "gone.test"), (await Store.ReadAsync(Key(kind, "gone.test"), Cancel))!.Version);

        // Twice: the first look may be what the second one remembers.
        for (var look = 0; look < 2; look++)
        {
            var parts = new Dictionary<string, string?>();
            await foreach (var part in Store.ListHeadsAsync(new StoreHeadQuery(kind, "meta.json"), Cancel)) parts[part.Key.Name] = part.Bytes is { } bytes ? Encoding.UTF8.GetString(bytes.Span) : null;

            Assert.Equal(4, parts.Count);
            Assert.Equal("""{"a":2}""", parts[Key(kind, "a.test").Name]);
            Assert.Equal("""{"b":1}""", parts[Key(kind, "b.test").Name]);
            Assert.Equal("""{"c":1}""", parts[Key(kind, $"{new string('c', 300)}.test").Name]);
            Assert.Null(parts[Key(kind, "none.test").Name]);
        }
    }

    [Fact]
    public async Task The_head_of_a_group_is_the_one_whose_name_comes_last()
    {
        foreach (var name in (string[])["b.test@2", "a.test@1", "a.test@3", "a.test@2", "a.test.b@1", "b.test@1", "x@y@1", "x@z", "x@1"])
        {
            await WriteAsync(new RecordKey(RecordKind.Certificate, name), Content(("meta.json", name)));
        }

        for (var look = 0; look < 2; look++)
        {
            var heads = new List<string>();
            await foreach (var part in Store.ListHeadsAsync(new StoreHeadQuery(RecordKind.Certificate, "meta.json"), Cancel)) heads.Add($"{part.Key.Name} {Encoding.UTF8.GetString(part.Bytes!.Value.Span)}");

            Assert.Equal(["a.test.b@1 a.test.b@1", "a.test@3 a.test@3", "b.test@2 b.test@2", "x@y@1 x@y@1", "x@z x@z"], heads.Order(RecordKey.NameOrder));
        }
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

    [Theory, MemberData(nameof(Kinds))]
    public async Task A_list_has_the_records_of_its_kind_in_ordinal_order_after_a_name(string kindName)
    {
        var kind = new RecordKind(kindName);
        string[] names = ["b.test", "*.b.test", "Ä.test", "a.test", "a-b.test", "_srv.a.test", "2001:db8::1", "B.test"];
        foreach (var name in names) await WriteAsync(Key(kind, name), Content(("a", name)));
        await WriteAsync(Key(kind == RecordKind.Wish ? RecordKind.Order : RecordKind.Wish, "other.test"), Content(("a", "1")));
        var expected = names.Select(name => Key(kind, name).Name).Order(RecordKey.NameOrder).ToList();

        Assert.Equal(expected, (await ListAsync(kind)).Select(record => record.Key.Name));
        Assert.Equal(expected.Skip(3), (await ListAsync(kind, expected[2])).Select(record => record.Key.Name));
    }

    /// <summary>By the bytes of UTF-8, in which a surrogate pair comes after all else; UTF-16 has it before.</summary>
    [Fact]
    public async Task The_order_of_names_is_that_of_UTF_8()
    {
        string[] names = ["a\U0001F512", "a\uE000", "a\uFFFD", "a\u00E4", "a", "a\U0001F513b"];
        foreach (var name in names) await WriteAsync(Key(RecordKind.Wish, name), Content());
        var expected = names.OrderBy(name => Convert.ToHexString(Encoding.UTF8.GetBytes(name)), StringComparer.Ordinal).ToList();

        Assert.Equal(expected, (await ListAsync(RecordKind.Wish)).Select(record => record.Key.Name));
        Assert.Equal(expected[4..], (await ListAsync(RecordKind.Wish, expected[3])).Select(record => record.Key.Name));
        Assert.Equal(expected, names.Order(RecordKey.NameOrder));
    }

    [Theory, MemberData(nameof(Kinds))]
    public async Task All_records_can_be_had_page_by_page(string kindName)
    {
        var kind = new RecordKind(kindName);
        var names = Enumerable.Range(0, 7).Select(i => Key(kind, $"page{i}.test").Name).ToList();
        foreach (var name in names) await WriteAsync(new RecordKey(kind, name), Content());
        await WriteAsync(Key(kind, "other.test"), Content());

        var query = new StoreQuery(kind) { Prefix = "page", Limit = 3 };
        var (pages, entries) = (new List<List<string>>(), new List<string>());
        while (pages is [] or [.., { Count: > 0 }])
        {
            pages.Add([.. (await ListAsync(query)).Select(record => record.Key.Name)]);
            await foreach (var entry in Store.ListEntriesAsync(query, Cancel)) entries.Add(entry.Key.Name);
            query = query with { After = pages[^1].LastOrDefault() ?? names[^1] };
        }

        Assert.Equal([3, 3, 1, 0], pages.Select(page => page.Count));
        Assert.Equal(names, pages.SelectMany(page => page));
        Assert.Equal(names, entries);
    }

    [Theory, MemberData(nameof(Kinds))]
    public async Task A_version_that_comes_with_a_name_is_the_records(string kindName)
    {
        var kind = new RecordKind(kindName);
        await WriteAsync(Key(kind, "shop.test"), Content(("a", "1")));
        var version = await WriteAsync(Key(kind, "shop.test"), Content(("a", "2")));

        var entries = new List<StoreEntry>();
        await foreach (var entry in Store.ListEntriesAsync(new StoreQuery(kind) { Prefix = "shop" }, Cancel)) entries.Add(entry);

        Assert.Equal(Key(kind, "shop.test"), Assert.Single(entries).Key);
        if (entries[0].Version is { } told) Assert.Equal(version, told);
    }

    [Fact]
    public async Task A_page_of_nothing_is_refused()
    {
        await Assert.ThrowsAnyAsync<ArgumentException>(() => ListAsync(new StoreQuery(RecordKind.Wish) { Limit = 0 }));
        await Assert.ThrowsAnyAsync<ArgumentException>(() => ListAsync(new StoreQuery(default)));
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

    private Task<List<StoreRecord>> ListAsync(RecordKind kind, string? after = null) => ListAsync(new StoreQuery(kind) { After = after });

    private async Task<List<StoreRecord>> ListAsync(StoreQuery query)
    {
        var records = new List<StoreRecord>();
        await foreach (var record in Store.ListAsync(query, Cancel)) records.Add(record);
        return records;
    }

    private static IEnumerable<string> Describe(RecordContent content) =>
        content.Parts.OrderBy(part => part.Name, StringComparer.Ordinal).Select(part => $"{part.Name}:{part.Secret}:{Convert.ToHexString(SHA256.HashData(part.Bytes.Span))}");
}
