using System.Formats.Tar;
using System.IO.Compression;
using System.Text;

namespace AcmeKestrel.Tests.CommandLine;

/// <summary>Whoever made an archive: restored, it does no harm.</summary>
public sealed class HostileBackupTests : BackupScene
{
    private string Stranger => Beside("stranger");

    public static TheoryData<string> Paths => ["../stranger", "accounts/../../stranger", "/tmp/stranger", "desired/../../stranger", "..", "desired//stranger", "desired\\..\\stranger", "certs/x@y/../../../stranger", new string('a', 2000), "desired/a\nb"];

    [Theory]
    [MemberData(nameof(Paths))]
    public async Task A_path_that_leads_elsewhere_is_refused_before_anything_is_written(string path)
    {
        await PackAsync(Format(), File("desired/good.test", "good.test"), File(path, "harm"));

        await RefusedAsync();
    }

    [Theory]
    [InlineData(TarEntryType.HardLink)]
    [InlineData(TarEntryType.CharacterDevice)]
    [InlineData(TarEntryType.BlockDevice)]
    [InlineData(TarEntryType.Fifo)]
    public async Task What_is_no_file_is_refused(TarEntryType type)
    {
        var entry = new PaxTarEntry(type, "desired/good.test");
        if (type is TarEntryType.HardLink) entry.LinkName = "/etc/passwd";
        await PackAsync(Format(), entry);

        await RefusedAsync();
    }

    /// <summary>First a link, then a file by way of it: the oldest trick of archives.</summary>
    [Fact]
    public async Task A_link_is_passed_over_and_nothing_goes_through_it()
    {
        Directory.CreateDirectory(Stranger);
        await PackAsync(Format(), Link("desired", Stranger), Link("certs", Stranger), Link("desired/linked.test", Path.Combine(Stranger, "target")), File("desired/good.test", "good.test"), File("desired/linked.test", "x"));

        Assert.Equal(0, (await AcmeAsync("restore", Archive)).Exit);

        Assert.Empty(Directory.GetFileSystemEntries(Stranger));
        Assert.Null(new DirectoryInfo(Path.Combine(State, "desired")).LinkTarget);
        Assert.Equal("x", await System.IO.File.ReadAllTextAsync(Path.Combine(State, "desired", "linked.test"), Token));
    }

    /// <summary>Below the state directory a less trusted user may have put a link.</summary>
    [Fact]
    public async Task A_link_that_lies_in_the_state_is_not_followed()
    {
        Assert.Equal(0, (await AcmeAsync("init", "ops@example.com", "--yes")).Exit);
        await System.IO.File.WriteAllTextAsync(Stranger, "mine", Token);
        System.IO.File.CreateSymbolicLink(Path.Combine(State, "desired", "good.test"), Stranger);
        await PackAsync(Format(), File("desired/good.test", "good.test"));

        Assert.Equal(3, (await AcmeAsync("restore", Archive)).Exit);
        Assert.Equal(0, (await AcmeAsync("restore", Archive, "--yes")).Exit);
        Assert.Null(new FileInfo(Path.Combine(State, "desired", "good.test")).LinkTarget);

        Assert.Equal("mine", await System.IO.File.ReadAllTextAsync(Stranger, Token));
    }

    [Fact]
    public async Task A_bomb_is_refused_and_not_unpacked()
    {
        await using (var file = System.IO.File.Create(Archive))
        await using (var zip = new GZipStream(file, CompressionLevel.Fastest))
        await using (var tar = new TarWriter(zip))
        {
            await tar.WriteEntryAsync(Format(), Token);
            await tar.WriteEntryAsync(new PaxTarEntry(TarEntryType.RegularFile, "desired/big.test") { DataStream = new Zeros(80L << 20) }, Token);
        }

        await RefusedAsync();
    }

    [Theory]
    [InlineData(0.3)]
    [InlineData(0.9)]
    public async Task Half_an_archive_is_none(double part)
    {
        await SeedAsync();
        await BackUpAsync();
        Lose();
        var whole = await System.IO.File.ReadAllBytesAsync(Archive, Token);
        await System.IO.File.WriteAllBytesAsync(Archive, whole[..(int)(whole.Length * part)], Token);

        await RefusedAsync();
    }

    [Fact]
    public async Task A_record_that_is_another_one_or_damaged_is_named_and_not_restored()
    {
        await SeedAsync();
        await BackUpAsync();
        var folder = Path.GetRelativePath(State, OnlyFolder).Replace('\\', '/');
        var (key, facts) = (KeyPem, await System.IO.File.ReadAllTextAsync(Path.Combine(OnlyFolder, "account.json"), Token));
        Lose();
        System.IO.File.Delete(Archive);
        var foreign = folder[..(folder.LastIndexOf('/') + 1)] + new string('x', 43);
        await PackAsync(
            Format(),
            File($"{foreign}/privkey", key), File($"{foreign}/account.json", facts), File($"{foreign}/provider", "https://ca.test/directory\n"),
            File("certs/shop.test@20260101T000000Z-00000000/fullchain", "nonsense"), File("certs/shop.test@20260101T000000Z-00000000/privkey", key), File("certs/shop.test@20260101T000000Z-00000000/meta.json", "{}"),
            File("schedule/shop.test.json", "{"), File("schedule/blog.test.json", """{"name":"other.test","parts":[]}"""), File("records/Bad Kind/x.json", "{}"), File("requests/x.json", "{}"), File("locks/control", "x"), File("format/x", "x"));

        var said = await AcmeAsync("restore", Archive);

        Assert.Equal(3, said.Exit);
        Assert.Contains("0 restored", said.Text, StringComparison.Ordinal);
        Assert.Contains("it holds another key", said.Errors, StringComparison.Ordinal);
        Assert.Contains("schedule/blog.test.json: it holds another record", said.Errors, StringComparison.Ordinal);
        Assert.Empty(Folders);
        Assert.Equal(1, (await AcmeAsync("backup", "--check", Archive)).Exit);
    }

    [Fact]
    public async Task What_stands_twice_has_no_format_or_another_one_is_refused()
    {
        await PackAsync(Format(), File("schedule/a.test.json", """{"name":"a.test","parts":[]}"""), File("schedule/a.test.json", """{"name":"a.test","parts":[]}"""));
        await RefusedAsync();
        await PackAsync(File("desired/good.test", "good.test"));
        await RefusedAsync();
        await PackAsync(File("format", "acmekestrel 99\n"));
        await RefusedAsync();
        await System.IO.File.WriteAllTextAsync(Archive, "no archive", Token);
        await RefusedAsync();
        System.IO.File.Delete(Archive);
        await RefusedAsync();
    }

    private async Task RefusedAsync()
    {
        var said = await AcmeAsync("restore", Archive);
        Assert.Equal(1, said.Exit);
        Assert.NotEmpty(said.Errors);
        Assert.False(Directory.Exists(State));
        Assert.False(System.IO.File.Exists(Stranger));
        Assert.Equal(1, (await AcmeAsync("backup", "--check", Archive)).Exit);
    }

    private async Task PackAsync(params TarEntry[] entries)
    {
        await using var file = System.IO.File.Create(Archive);
        await using var zip = new GZipStream(file, CompressionLevel.Fastest);
        await using var tar = new TarWriter(zip);
        foreach (var entry in entries) await tar.WriteEntryAsync(entry, Token);
    }

    private static PaxTarEntry Format() => File("format", "acmekestrel 1\n");

    private static PaxTarEntry File(string path, string text) => new(TarEntryType.RegularFile, path) { DataStream = new MemoryStream(Encoding.UTF8.GetBytes(text)) };

    private static PaxTarEntry Link(string path, string target) => new(TarEntryType.SymbolicLink, path) { LinkName = target };

    private sealed class Zeros(long length) : Stream
    {
        public override bool CanRead => true;

        public override bool CanSeek => true;

        public override bool CanWrite => false;

        public override long Length => length;

        public override long Position { get; set; }

        public override int Read(byte[] buffer, int offset, int count)
        {
            var read = (int)Math.Min(count, length - Position);
            Array.Clear(buffer, offset, read);
            Position += read;
            return read;
        }

        public override void Flush()
        {
        }

        public override long Seek(long offset, SeekOrigin origin) => Position = origin is SeekOrigin.Begin ? offset : origin is SeekOrigin.Current ? Position + offset : length + offset;

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
