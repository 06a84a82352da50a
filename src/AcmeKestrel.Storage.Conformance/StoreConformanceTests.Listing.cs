using System.Text;
using Xunit;

namespace AcmeKestrel.Storage.Conformance;

/// <summary>What is listed, and in which order.</summary>
public abstract partial class StoreConformanceTests
{
    [Theory, MemberData(nameof(Kinds))]
    public async Task The_keys_can_be_had_alone(string kindName)
    {
        var kind = new RecordKind(kindName);
        string[] names = ["shop.test", "Shop.test", $"{new string('a', 300)}.test", "*.shop.test"];
        foreach (var name in names) await WriteAsync(Key(kind, name), Content(("part", name)));

        var expected = names.Select(name => Key(kind, name).Name).Order(RecordKey.NameOrder).ToList();

        var keys = await ListKeysAsync(new StoreQuery(kind));
        Assert.Equal(expected, keys.Select(key => key.Name).Order(RecordKey.NameOrder));
        Assert.All(keys, key => Assert.Equal(kind, key.Kind));

        // Of all there need be no order; where somebody goes on from one there is.
        Assert.Equal(expected[1..], (await ListKeysAsync(new StoreQuery(kind) { After = expected[0] })).Select(key => key.Name));
        Assert.Equal(expected[..3], (await ListKeysAsync(new StoreQuery(kind) { Limit = 3 })).Select(key => key.Name));
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

    /// <summary>A store that has them with the first head need not tell them.</summary>
    [Fact]
    public async Task The_names_of_the_heads_are_told_once_all_of_them_before_the_first_head_or_not_at_all()
    {
        foreach (var name in (string[])["b.test@2", "a.test@1", "a.test@3", "a.test.b@1", "b.test@1", "x@z", "x@y@1", "x@1"]) await WriteAsync(new RecordKey(RecordKind.Certificate, name), Content(("meta.json", name)));
        await WriteAsync(new RecordKey(RecordKind.Certificate, "none.test@1"), Content(("other", "x")));
        await WriteAsync(Key(RecordKind.Wish, "other.test"), Content(("meta.json", "{}")));

        for (var look = 0; look < 2; look++)
        {
            var (told, heads) = (new List<string>(), new List<string>());
            var query = new StoreHeadQuery(RecordKind.Certificate, "meta.json") { Named = names => told.Add($"{heads.Count}: {string.Join(' ', names.Order(RecordKey.NameOrder))}") };
            await foreach (var part in Store.ListHeadsAsync(query, Cancel)) heads.Add(part.Key.Name);

            if (told.Count == 0) continue;
            Assert.Equal("0: a.test.b@1 a.test@3 b.test@2 none.test@1 x@y@1 x@z", Assert.Single(told));
        }
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

    /// <summary>A store may tell none; if it tells them they are true, of all records, whoever wrote last.</summary>
    [Theory, MemberData(nameof(Kinds))]
    public async Task A_version_that_comes_with_a_name_is_the_records(string kindName)
    {
        var (kind, other) = (new RecordKind(kindName), OpenAnother());
        await WriteAsync(Key(kind, "a.test"), Content(("a", "1")));
        await WriteAsync(Key(kind, "b.test"), Content(("a", "1")));
        await WriteAsync(Key(kind, "b.test"), Content(("a", "2")));
        await WriteAsync(Key(kind, "c.test"), Content(("a", "1")));
        await other.WriteAsync(new StoreWrite(Key(kind, "c.test"), Content(("a", "1"))), Cancel);

        foreach (var query in new[] { new StoreQuery(kind), new StoreQuery(kind) { Prefix = "c" }, new StoreQuery(kind) { After = Key(kind, "a.test").Name, Limit = 2 } })
        {
            var entries = new List<StoreEntry>();
            await foreach (var entry in Store.ListEntriesAsync(query, Cancel)) entries.Add(entry);

            Assert.NotEmpty(entries);
            if (entries.All(entry => entry.Version is null)) continue;
            foreach (var entry in entries) Assert.Equal((await Store.ReadAsync(entry.Key, Cancel))!.Version, entry.Version);
        }
    }

    [Fact]
    public async Task A_page_of_nothing_is_refused()
    {
        await Assert.ThrowsAnyAsync<ArgumentException>(() => ListAsync(new StoreQuery(RecordKind.Wish) { Limit = 0 }));
        await Assert.ThrowsAnyAsync<ArgumentException>(() => ListAsync(new StoreQuery(default)));
    }

    private async Task<List<RecordKey>> ListKeysAsync(StoreQuery query)
    {
        var keys = new List<RecordKey>();
        await foreach (var entry in Store.ListEntriesAsync(query, Cancel)) keys.Add(entry.Key);
        return keys;
    }

    private Task<List<StoreRecord>> ListAsync(RecordKind kind, string? after = null) => ListAsync(new StoreQuery(kind) { After = after });

    private async Task<List<StoreRecord>> ListAsync(StoreQuery query)
    {
        var records = new List<StoreRecord>();
        await foreach (var record in Store.ListAsync(query, Cancel)) records.Add(record);
        return records;
    }
}
