using System.Text;
using AcmeKestrel.Storage;
using CsCheck;
using Microsoft.Extensions.Time.Testing;

namespace AcmeKestrel.Tests.Storage;

/// <summary>What every <see cref="IAcmeStore"/> keeps; a store of another package derives from this too.</summary>
public abstract partial class StoreConformanceTests
{
    protected FakeTimeProvider Time { get; } = new(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero));

    protected static CancellationToken Cancel => TestContext.Current.CancellationToken;

    protected abstract IAcmeStore Store { get; }

    public static TheoryData<RecordKind> Kinds => new(Enum.GetValues<RecordKind>());

    [Theory, MemberData(nameof(Kinds))]
    public async Task A_record_comes_back_as_it_was_written(RecordKind kind)
    {
        var key = Key(kind, "shop.test");
        var content = Content(("meta.json", """{"a":1}"""), ("note", "text\nwith lines\n"), ("binary", "\0\x1"));

        var version = await Store.WriteAsync(key, content, RecordVersion.Absent, null, Cancel);
        var record = await Store.ReadAsync(key, Cancel);

        Assert.NotNull(record);
        Assert.Null(record.Error);
        Assert.Equal(key, record.Key);
        Assert.Equal(version, record.Version);
        Same(content, record.Content);
    }

    [Theory, MemberData(nameof(Kinds))]
    public async Task A_written_record_replaces_the_old_one_with_all_its_parts(RecordKind kind)
    {
        var key = Key(kind, "shop.test");
        await Store.WriteAsync(key, Content(("old-part", "x")), null, null, Cancel);
        await Store.WriteAsync(key, Content(("new-part", "y")), null, null, Cancel);

        Same(Content(("new-part", "y")), (await Store.ReadAsync(key, Cancel))!.Content);
    }

    [Theory, MemberData(nameof(Kinds))]
    public async Task The_keys_can_be_had_alone(RecordKind kind)
    {
        string[] names = ["shop.test", "Shop.test", $"{new string('a', 300)}.test", "*.shop.test"];
        foreach (var name in names) await Store.WriteAsync(Key(kind, name), Content(("part", name)), null, null, Cancel);

        var keys = new List<RecordKey>();
        await foreach (var key in Store.ListKeysAsync(kind, Cancel)) keys.Add(key);

        Assert.Equal(names.Select(name => Key(kind, name).Name).Order(StringComparer.Ordinal), keys.Select(key => key.Name).Order(StringComparer.Ordinal));
        Assert.All(keys, key => Assert.Equal(kind, key.Kind));
    }

    [Theory, MemberData(nameof(Kinds))]
    public async Task The_records_of_a_prefix_come_in_order_and_no_others(RecordKind kind)
    {
        string[] names = ["shop.test", "shop.testing", "shop.tes", "a.shop.test", "shop.test.more"];
        foreach (var name in names) await Store.WriteAsync(Key(kind, name), Content(("part", name)), null, null, Cancel);
        var prefix = Key(kind, "shop.test").Name[..^1];

        var found = new List<StoreRecord>();
        await foreach (var record in Store.ListPrefixAsync(kind, prefix, Cancel)) found.Add(record);

        Assert.Equal(names.Select(name => Key(kind, name).Name).Where(name => name.Length > prefix.Length && name.StartsWith(prefix, StringComparison.Ordinal)).Order(StringComparer.Ordinal), found.Select(record => record.Key.Name));
        Assert.All(found, record => Assert.NotEmpty(record.Content.Parts));
    }

    [Theory, MemberData(nameof(Kinds))]
    public async Task One_part_of_the_heads_can_be_had_and_is_what_was_written_last(RecordKind kind)
    {
        await Store.WriteAsync(Key(kind, "a.test"), Content(("meta.json", """{"a":1}"""), ("other", "x")), null, null, Cancel);
        await Store.WriteAsync(Key(kind, "b.test"), Content(("meta.json", """{"b":1}""")), null, null, Cancel);
        await Store.WriteAsync(Key(kind, "a.test"), Content(("meta.json", """{"a":2}""")), null, null, Cancel);
        await Store.WriteAsync(Key(kind, $"{new string('c', 300)}.test"), Content(("meta.json", """{"c":1}""")), null, null, Cancel);
        await Store.WriteAsync(Key(kind, "none.test"), Content(("other", "x")), null, null, Cancel);
        await Store.WriteAsync(Key(kind, "gone.test"), Content(("meta.json", "{}")), null, null, Cancel);
        await Store.DeleteAsync(Key(kind, "gone.test"), (await Store.ReadAsync(Key(kind, "gone.test"), Cancel))!.Version, null, Cancel);

        // Twice: the first look may be what the second one remembers.
        for (var look = 0; look < 2; look++)
        {
            var parts = new Dictionary<string, string?>();
            await foreach (var part in Store.ListHeadsAsync(kind, "meta.json", Cancel)) parts[part.Key.Name] = part.Bytes is { } bytes ? Encoding.UTF8.GetString(bytes.Span) : null;

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
            await Store.WriteAsync(new RecordKey(RecordKind.Certificate, name), Content(("meta.json", name)), null, null, Cancel);
        }

        for (var look = 0; look < 2; look++)
        {
            var heads = new List<string>();
            await foreach (var part in Store.ListHeadsAsync(RecordKind.Certificate, "meta.json", Cancel)) heads.Add($"{part.Key.Name} {Encoding.UTF8.GetString(part.Bytes!.Value.Span)}");

            Assert.Equal(["a.test.b@1 a.test.b@1", "a.test@3 a.test@3", "b.test@2 b.test@2", "x@y@1 x@y@1", "x@z x@z"], heads.Order(StringComparer.Ordinal));
        }
    }

    [Fact]
    public async Task A_record_that_does_not_exist_reads_as_null() => Assert.Null(await Store.ReadAsync(Key(RecordKind.Order, "none.test"), Cancel));

    [Theory, MemberData(nameof(Kinds))]
    public async Task A_write_that_expects_no_record_is_refused_where_there_is_one(RecordKind kind)
    {
        var key = Key(kind, "shop.test");
        await Store.WriteAsync(key, Content(("a", "1")), RecordVersion.Absent, null, Cancel);

        var refused = await Assert.ThrowsAsync<StoreConflictException>(() => Store.WriteAsync(key, Content(("a", "2")), RecordVersion.Absent, null, Cancel).AsTask());

        Assert.Equal(key, refused.Key);
        Same(Content(("a", "1")), (await Store.ReadAsync(key, Cancel))!.Content);
    }

    [Theory, MemberData(nameof(Kinds))]
    public async Task A_write_on_an_old_version_is_refused(RecordKind kind)
    {
        var key = Key(kind, "shop.test");
        var first = await Store.WriteAsync(key, Content(("a", "1")), null, null, Cancel);
        var second = await Store.WriteAsync(key, Content(("a", "2")), first, null, Cancel);

        Assert.NotEqual(first, second);
        await Assert.ThrowsAsync<StoreConflictException>(() => Store.WriteAsync(key, Content(("a", "3")), first, null, Cancel).AsTask());
        Same(Content(("a", "2")), (await Store.ReadAsync(key, Cancel))!.Content);
    }

    [Fact]
    public async Task A_write_that_expects_a_version_is_refused_where_there_is_no_record() =>
        await Assert.ThrowsAsync<StoreConflictException>(() => Store.WriteAsync(Key(RecordKind.Wish, "a.test"), Content(("a", "1")), new RecordVersion("7"), null, Cancel).AsTask());

    [Theory, MemberData(nameof(Kinds))]
    public async Task A_deleted_record_is_gone_and_can_be_written_anew(RecordKind kind)
    {
        var key = Key(kind, "shop.test");
        var version = await Store.WriteAsync(key, Content(("a", "1")), null, null, Cancel);
        await Store.DeleteAsync(key, version, null, Cancel);

        Assert.Null(await Store.ReadAsync(key, Cancel));
        Assert.Empty(await ListAsync(kind));
        await Store.DeleteAsync(key, version, null, Cancel);
        await Store.WriteAsync(key, Content(("a", "1")), RecordVersion.Absent, null, Cancel);
    }

    [Fact]
    public async Task A_deletion_of_an_old_version_is_refused()
    {
        var key = Key(RecordKind.Order, "shop.test");
        var first = await Store.WriteAsync(key, Content(("a", "1")), null, null, Cancel);
        await Store.WriteAsync(key, Content(("a", "2")), null, null, Cancel);

        await Assert.ThrowsAsync<StoreConflictException>(() => Store.DeleteAsync(key, first, null, Cancel).AsTask());
        Assert.NotNull(await Store.ReadAsync(key, Cancel));
    }

    [Theory, MemberData(nameof(Kinds))]
    public async Task A_list_has_the_records_of_its_kind_in_ordinal_order_after_a_name(RecordKind kind)
    {
        string[] names = ["b.test", "*.b.test", "Ä.test", "a.test", "a-b.test", "_srv.a.test", "2001:db8::1", "B.test"];
        foreach (var name in names) await Store.WriteAsync(Key(kind, name), Content(("a", name)), null, null, Cancel);
        await Store.WriteAsync(Key(kind == RecordKind.Wish ? RecordKind.Order : RecordKind.Wish, "other.test"), Content(("a", "1")), null, null, Cancel);
        var expected = names.Select(name => Key(kind, name).Name).Order(StringComparer.Ordinal).ToList();

        Assert.Equal(expected, (await ListAsync(kind)).Select(record => record.Key.Name));
        Assert.Equal(expected.Skip(3), (await ListAsync(kind, expected[2])).Select(record => record.Key.Name));
    }

    [Fact]
    public async Task Secret_parts_stay_secret()
    {
        foreach (var kind in Enum.GetValues<RecordKind>())
        {
            await Store.WriteAsync(Key(kind, "shop.test"), Content(("meta.json", "{}")), null, null, Cancel);
            var parts = (await Store.ReadAsync(Key(kind, "shop.test"), Cancel))!.Content.Parts;

            Assert.True(parts.Single(part => part.Name == "privkey").Secret);
            Assert.False(parts.Single(part => part.Name == "meta.json").Secret);
        }
    }

    [Fact]
    public async Task The_store_keeps_its_own_copy_of_the_bytes()
    {
        var bytes = "before"u8.ToArray();
        await Store.WriteAsync(Key(RecordKind.Wish, "a.test"), new RecordContent([new RecordPart("a", bytes)]), null, null, Cancel);
        bytes[0] = (byte)'X';

        Assert.Equal("before"u8.ToArray(), (await Store.ReadAsync(Key(RecordKind.Wish, "a.test"), Cancel))!.Content.Find("a")!.Value.ToArray());
    }

    [Theory]
    [InlineData(RecordKind.Answer)]
    [InlineData(RecordKind.Account)]
    public async Task A_big_record_is_no_trouble(RecordKind kind)
    {
        var content = new RecordContent([new RecordPart("privkey", "k"u8.ToArray(), secret: true), new RecordPart("big", new byte[4 << 20])]);
        await Store.WriteAsync(Key(kind, "big.test"), content, null, null, Cancel);

        Same(content, (await Store.ReadAsync(Key(kind, "big.test"), Cancel))!.Content);
    }

    [Fact]
    public async Task Of_many_writers_of_one_version_one_wins()
    {
        var key = Key(RecordKind.Ledger, "counter");
        await Store.WriteAsync(key, Content(("count", "0")), null, null, Cancel);

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
                    await Store.WriteAsync(key, Content(("count", $"{count + 1}")), record.Version, null, Cancel);
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
        var keys = Enumerable.Range(0, 64).Select(i => Key((RecordKind)(i % 9), $"host{i}.test")).ToList();

        await Task.WhenAll(keys.Select(key => Store.WriteAsync(key, Content(("a", key.Name)), RecordVersion.Absent, null, Cancel).AsTask()));

        foreach (var key in keys) Same(Content(("a", key.Name)), (await Store.ReadAsync(key, Cancel))!.Content);
    }

    [Theory]
    [InlineData("")]
    [InlineData("a\0b")]
    [InlineData("line\nbreak")]
    public async Task A_name_that_is_no_text_is_refused(string name) =>
        await Assert.ThrowsAnyAsync<ArgumentException>(() => Store.WriteAsync(new RecordKey(RecordKind.Wish, name), Content(), null, null, Cancel).AsTask());

    [Fact]
    public async Task A_name_with_half_a_surrogate_pair_is_refused() =>
        await Assert.ThrowsAnyAsync<ArgumentException>(() => Store.WriteAsync(new RecordKey(RecordKind.Wish, "half \ud800"), Content(), null, null, Cancel).AsTask());

    [Theory]
    [InlineData(RecordKind.Account, "no-authority")]
    [InlineData(RecordKind.Account, "/x")]
    [InlineData(RecordKind.Certificate, "no-generation")]
    [InlineData(RecordKind.Certificate, "no-generation@")]
    public async Task A_name_without_the_form_of_its_kind_is_refused(RecordKind kind, string name) =>
        await Assert.ThrowsAnyAsync<ArgumentException>(() => Store.WriteAsync(new RecordKey(kind, name), Content(), null, null, Cancel).AsTask());

    [Theory]
    [InlineData("..")]
    [InlineData("../privkey")]
    [InlineData(".hidden")]
    [InlineData("UPPER")]
    [InlineData("")]
    public async Task A_part_name_that_is_no_name_is_refused(string part) =>
        await Assert.ThrowsAnyAsync<ArgumentException>(() => Store.WriteAsync(Key(RecordKind.Account, "a"), new RecordContent([new RecordPart(part, default)]), null, null, Cancel).AsTask());

    [Fact]
    public async Task Hostile_names_are_names_like_any_other()
    {
        string[] names = ["..", ".", "/etc/passwd", "../../x", "a/b", "a%2Fb", "con", "nul.test", "a\\b", "_.x", "*.x", "%", "%%", "~", "ü.test", "A", "a", "-rf", " ", "a.", "日本", new('x', 560), new('ü', 500)];
        foreach (var kind in new[] { RecordKind.Answer, RecordKind.Certificate, RecordKind.Account })
        {
            foreach (var name in names) await Store.WriteAsync(Key(kind, name), Content(("a", name)), RecordVersion.Absent, null, Cancel);

            Assert.Equal(names.Select(name => Key(kind, name).Name).Order(StringComparer.Ordinal), (await ListAsync(kind)).Select(record => record.Key.Name));
            foreach (var name in names) Same(Content(("a", name)), (await Store.ReadAsync(Key(kind, name), Cancel))!.Content);
        }
    }

    [Fact]
    public async Task Whatever_the_bytes_they_come_back()
    {
        var key = Key(RecordKind.Order, "bytes.test");
        string[] texts = ["{}", "[]", "{ \"a\" : 1.0e2 }", "{\"a\":\"\\u00e4\"}", " {}", "{}\n", "{\"a\":1,\"a\":2}", "[", "\ufeff{}", "text \u0085", "\"s\"", "{/**/}"];
        await Gen.OneOf(Gen.Int[0, texts.Length - 1].Select(at => Encoding.UTF8.GetBytes(texts[at])), Gen.Byte.Array[0, 40], Gen.String[0, 20].Select(Encoding.UTF8.GetBytes)).SampleAsync(
            async bytes =>
            {
                await Store.WriteAsync(key, new RecordContent([new RecordPart("a", bytes)]), null, null, CancellationToken.None);
                Assert.Equal(bytes, (await Store.ReadAsync(key, CancellationToken.None))!.Content.Find("a")!.Value.ToArray());
            },
            iter: 100,
            threads: 1);
    }

    /// <summary>A name that fits the kind: accounts and certificates have a form.</summary>
    protected static RecordKey Key(RecordKind kind, string name) => new(kind, kind switch
    {
        RecordKind.Account => $"{name}/thumbprint",
        RecordKind.Certificate => $"{name}@20260101T000000Z-0a1b2c3d",
        _ => name,
    });

    /// <summary>The parts that accounts and certificates cannot do without, and these.</summary>
    protected static RecordContent Content(params (string Name, string Text)[] parts) => new(
    [
        new RecordPart("privkey", "key"u8.ToArray(), secret: true),
        new RecordPart("fullchain", "chain"u8.ToArray()),
        .. parts.Select(part => new RecordPart(part.Name, Encoding.UTF8.GetBytes(part.Text))),
    ]);

    protected static void Same(RecordContent expected, RecordContent actual) => Assert.Equal(Describe(expected), Describe(actual));

    protected async Task<List<StoreRecord>> ListAsync(RecordKind kind, string? afterName = null)
    {
        var records = new List<StoreRecord>();
        await foreach (var record in Store.ListAsync(kind, afterName, Cancel)) records.Add(record);
        return records;
    }

    private static IEnumerable<string> Describe(RecordContent content) =>
        content.Parts.OrderBy(part => part.Name, StringComparer.Ordinal).Select(part => $"{part.Name}:{part.Secret}:{Convert.ToHexString(System.Security.Cryptography.SHA256.HashData(part.Bytes.Span))}");
}
