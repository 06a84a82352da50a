using System.Text;
using AcmeKestrel.Storage;
using AcmeKestrel.Storage.Files;

namespace AcmeKestrel.Tests.Storage;

/// <summary>Word of changes between processes: whatever happens to its file, nothing is missed without a reset.</summary>
public sealed class ChangeJournalTests
{
    private const string Path = "/index/changes";

    private readonly SimulatedFileSystem _files = new();
    private readonly ChangeJournal _journal;

    public ChangeJournalTests()
    {
        _files.CreateFolder("/index", FileModes.PrivateFolder);
        _files.CreateFolder("/tmp", FileModes.PrivateFolder);
        _journal = Open();
    }

    [Fact]
    public void What_one_process_puts_there_another_one_reads()
    {
        _journal.Require();
        var start = Open().End();
        _journal.Append(StoreChangeKind.Written, Key(1));
        _journal.Append(StoreChangeKind.Deleted, new RecordKey(new RecordKind("of-others"), "with space, ü and /"));
        _journal.Append(StoreChangeKind.Reset, null);

        var read = Open().ReadAfter(start);

        Assert.Equal(
            [(StoreChangeKind.Written, Key(1)), (StoreChangeKind.Deleted, new RecordKey(new RecordKind("of-others"), "with space, ü and /")), (StoreChangeKind.Reset, default(RecordKey?))],
            read.Select(change => (change.Kind, change.Key)));
        Assert.Equal(read.Skip(1).Select(change => change.Key), Open().ReadAfter(read[0].Cursor).Select(change => change.Key));
        Assert.Empty(Open().ReadAfter(read[^1].Cursor));
    }

    [Fact]
    public void A_look_reads_what_is_new_and_not_what_was_there()
    {
        _journal.Require();
        for (var i = 0; i < 1000; i++) _journal.Append(StoreChangeKind.Written, Key(i));
        var end = _journal.End();
        var before = _files.Streamed;

        Assert.Empty(_journal.ReadAfter(end));
        _journal.Append(StoreChangeKind.Written, Key(1000));
        Assert.Equal(Key(1000), Assert.Single(_journal.ReadAfter(end)).Key);

        Assert.InRange(_files.Streamed - before, 1, 500);
    }

    [Fact]
    public void It_begins_anew_before_it_grows_too_long_and_tells_who_follows()
    {
        _journal.Append(StoreChangeKind.Written, Key(0));
        var start = _journal.End();
        var longest = 0L;
        for (var i = 0; i < 3000; i++)
        {
            _journal.Append(StoreChangeKind.Written, new RecordKey(RecordKind.Wish, $"{i}{new string('x', 590)}"));
            longest = Math.Max(longest, _files.Length(Path));
        }

        Assert.InRange(longest, 500_000, 1024 * 1024);
        var reset = Assert.Single(Open().ReadAfter(start));
        Assert.Equal(StoreChangeKind.Reset, reset.Kind);
        _journal.Append(StoreChangeKind.Written, Key(7));
        Assert.Equal(Key(7), Assert.Single(Open().ReadAfter(reset.Cursor)).Key);
    }

    [Fact]
    public void A_line_that_is_not_whole_yet_is_read_when_it_is()
    {
        _journal.Require();
        var start = _journal.End();
        _files.AppendFile(Path, "w\twish\ta.te"u8);
        Assert.Empty(_journal.ReadAfter(start));
        Assert.Equal(start, _journal.End());

        _files.AppendFile(Path, "st\t\n"u8);
        Assert.Equal("a.test", Assert.Single(_journal.ReadAfter(start)).Key!.Value.Name);
    }

    /// <summary>A crash tore a line, and the next one was put behind it.</summary>
    [Theory]
    [InlineData("w\twish\ta.te")]
    [InlineData("w\twish\ta.test")]
    [InlineData("w\twi")]
    [InlineData("w")]
    [InlineData("r")]
    [InlineData("w\twish\ta.test\n")]
    [InlineData("w\t\ta.test\t\n")]
    [InlineData("z\twish\ta.test\t\n")]
    [InlineData("w\tWish\ta.test\t\n")]
    [InlineData("\n")]
    public void What_it_does_not_understand_is_a_reset(string torn)
    {
        _journal.Require();
        var start = _journal.End();
        _files.AppendFile(Path, Encoding.UTF8.GetBytes(torn));
        _journal.Append(StoreChangeKind.Written, Key(1));

        var reset = Assert.Single(_journal.ReadAfter(start));
        Assert.Equal(StoreChangeKind.Reset, reset.Kind);
        _journal.Append(StoreChangeKind.Written, Key(2));
        Assert.Equal(Key(2), Assert.Single(_journal.ReadAfter(reset.Cursor)).Key);
    }

    /// <summary>A crash tore a line within a name, and the next process' lease is told behind it: what is whole then is another name.</summary>
    [Theory]
    [InlineData("w\tcertificate\tshop.test@2026")]
    [InlineData("w\tcertificate\t")]
    [InlineData("d\twi")]
    [InlineData("w\t")]
    [InlineData("w")]
    [InlineData("r\t\t")]
    [InlineData("r")]
    public void A_reset_behind_a_torn_line_is_one_all_the_same(string torn)
    {
        _journal.Require();
        var start = _journal.End();
        _files.AppendFile(Path, Encoding.UTF8.GetBytes(torn));
        _journal.Append(StoreChangeKind.Reset, null);

        Assert.Equal(StoreChangeKind.Reset, Assert.Single(_journal.ReadAfter(start)).Kind);
    }

    [Theory]
    [InlineData("")]
    [InlineData("not a journal\n")]
    [InlineData("acmekestrel changes 2 0123456789abcdef0123456789abcdef\nw wish a.test\n")]
    public void A_file_that_is_none_is_a_reset_and_not_followed(string content)
    {
        _journal.Require();
        var start = _journal.End();
        _files.Delete(Path);
        _files.CreateFile(Path, Encoding.UTF8.GetBytes(content), new FileAccessRights(FileModes.PrivateFile));

        var reset = Assert.Single(_journal.ReadAfter(start));
        Assert.Equal(StoreChangeKind.Reset, reset.Kind);
        Assert.Empty(_journal.ReadAfter(reset.Cursor));
    }

    /// <summary>Somebody emptied it, or put another file there, while it is written.</summary>
    [Theory]
    [InlineData("")]
    [InlineData("not a journal\n")]
    [InlineData("acmekestrel changes 1 0123456789abcdef")]
    [InlineData("acmekestrel changes 2 0123456789abcdef0123456789abcdef\nw wish a.test\n")]
    public void A_file_that_is_none_is_begun_anew_with_the_next_change(string content)
    {
        _journal.Append(StoreChangeKind.Written, Key(0));
        var start = _journal.End();
        _files.Delete(Path);
        _files.CreateFile(Path, Encoding.UTF8.GetBytes(content), new FileAccessRights(FileModes.PrivateFile));

        _journal.Append(StoreChangeKind.Written, Key(1));

        var reset = Assert.Single(Open().ReadAfter(start));
        Assert.Equal(StoreChangeKind.Reset, reset.Kind);
        _journal.Append(StoreChangeKind.Written, Key(2));
        Assert.Equal(Key(2), Assert.Single(Open().ReadAfter(reset.Cursor)).Key);
    }

    [Theory]
    [InlineData("")]
    [InlineData("not a journal\n")]
    public void A_file_that_is_none_is_begun_anew_for_whoever_follows(string content)
    {
        _files.CreateFile(Path, Encoding.UTF8.GetBytes(content), new FileAccessRights(FileModes.PrivateFile));

        _journal.Require();
        var start = _journal.End();
        _journal.Append(StoreChangeKind.Written, Key(1));

        Assert.Equal(Key(1), Assert.Single(Open().ReadAfter(start)).Key);
    }

    /// <summary>Writers of one process share their turn: one's line fails while another one's is put there.</summary>
    [Fact]
    public void What_fails_beside_another_change_is_not_forgotten_with_that()
    {
        var failing = new HookedFiles(_files);
        var journal = new ChangeJournal(failing, new AtomicFiles(failing, "/tmp"), Path);
        journal.Append(StoreChangeKind.Written, Key(0));
        var start = Open().End();
        failing.BeforeAppend = () =>
        {
            failing.BeforeAppend = () => throw new IOException("No space left on device");
            Assert.Throws<IOException>(() => journal.Append(StoreChangeKind.Written, Key(1)));
            failing.BeforeAppend = null;
        };
        journal.Append(StoreChangeKind.Written, Key(2));
        Assert.Equal(Key(2), Assert.Single(Open().ReadAfter(start)).Key);

        journal.Append(StoreChangeKind.Written, Key(3));
        Assert.Equal(StoreChangeKind.Reset, Assert.Single(Open().ReadAfter(start)).Kind);
    }

    /// <summary>Threads of one process: a line goes to the journal that was there when it was begun, whole.</summary>
    [Fact]
    public void Changes_of_several_threads_come_one_after_the_other()
    {
        var hooked = new HookedFiles(_files);
        var journal = new ChangeJournal(hooked, new AtomicFiles(hooked, "/tmp"), Path);
        journal.Append(StoreChangeKind.Written, Key(0));
        var (inside, most) = (0, 0);
        hooked.BeforeAppend = () =>
        {
            most = Math.Max(most, Interlocked.Increment(ref inside));
            Thread.Yield();
            Interlocked.Decrement(ref inside);
        };

        Parallel.For(1, 200, new ParallelOptions { MaxDegreeOfParallelism = 4 }, i => journal.Append(StoreChangeKind.Written, Key(i)));

        Assert.Equal(1, most);
    }

    [Fact]
    public void What_could_not_be_put_there_is_a_reset_with_the_next_change()
    {
        var failing = new HookedFiles(_files);
        var journal = new ChangeJournal(failing, new AtomicFiles(failing, "/tmp"), Path);
        journal.Append(StoreChangeKind.Written, Key(0));
        var start = Open().End();
        failing.BeforeAppend = () => throw new IOException("No space left on device");
        Assert.Throws<IOException>(() => journal.Append(StoreChangeKind.Written, Key(1)));
        Assert.Empty(Open().ReadAfter(start));

        failing.BeforeAppend = null;
        journal.Append(StoreChangeKind.Written, Key(2));
        Assert.Equal(StoreChangeKind.Reset, Assert.Single(Open().ReadAfter(start)).Kind);
    }

    private static RecordKey Key(int number) => new(RecordKind.Wish, $"{number}.test");

    private ChangeJournal Open() => new(_files, new AtomicFiles(_files, "/tmp"), Path);
}
