using AcmeKestrel.Hooks.Programs;

namespace AcmeKestrel.Tests.Hooks;

public sealed class FileTrustTests
{
    private const UnixFileMode Folder = (UnixFileMode)0b111_101_101;
    private readonly Files _files = new();

    public FileTrustTests()
    {
        _files.Add("/", 0, Folder, folder: true);
        _files.Add("/opt", 0, Folder, folder: true);
        _files.Add("/opt/hooks", 0, Folder, folder: true);
        _files.Add("/opt/hooks/reload", 0, Folder);
    }

    [Fact]
    public void What_is_roots_on_the_whole_way_may_be_run() => Assert.Null(Fault("/opt/hooks/reload"));

    [Theory]
    [InlineData("/opt/hooks/reload", 1000u, 0b111_101_101, "/opt/hooks/reload belongs to the user 1000; it must be root's to be run")]
    [InlineData("/opt/hooks", 1000u, 0b111_101_101, "/opt/hooks belongs to the user 1000; it must be root's to be run")]
    [InlineData("/opt", 0u, 0b111_111_101, "others may write to /opt (mode 775); nobody but root may")]
    [InlineData("/opt", 0u, 0b1_111_111_111, "others may write to /opt (mode 1777); nobody but root may")]
    [InlineData("/opt/hooks/reload", 0u, 0b111_101_111, "others may write to /opt/hooks/reload (mode 757); nobody but root may")]
    [InlineData("/opt/hooks/reload", 0u, 0b110_100_100, "/opt/hooks/reload is not executable")]
    public void As_root_nobody_else_may_have_his_hand_in_it(string path, uint owner, int mode, string fault)
    {
        _files.Change(path, owner, (UnixFileMode)mode);

        Assert.Equal(fault, Fault("/opt/hooks/reload"));
    }

    [Fact]
    public void As_somebody_else_ones_own_and_roots_may_be_run_and_another_ones_not()
    {
        _files.User = 1000;
        _files.Change("/opt/hooks/reload", 1000, (UnixFileMode)0b111_111_101);
        Assert.Null(Fault("/opt/hooks/reload"));

        _files.Change("/opt/hooks/reload", 1001, Folder);
        Assert.Equal("/opt/hooks/reload belongs to the user 1001; it must be root's or this user's to be run", Fault("/opt/hooks/reload"));
    }

    [Fact]
    public void A_link_is_followed_and_its_whole_way_looked_at()
    {
        _files.Link("/opt/hooks/linked", 0, "../there/./reload");
        _files.Add("/opt/there", 0, Folder, folder: true);
        _files.Add("/opt/there/reload", 0, Folder);
        Assert.Null(Fault("/opt/hooks/linked"));

        _files.Change("/opt/there", 1000, Folder);
        Assert.Equal("/opt/there belongs to the user 1000; it must be root's to be run", Fault("/opt/hooks/linked"));
    }

    [Fact]
    public void Links_of_others_in_circles_and_to_nowhere_are_refused()
    {
        _files.Link("/opt/hooks/foreign", 1000, "/opt/hooks/reload");
        _files.Link("/opt/hooks/circle", 0, "circle");
        _files.Link("/opt/hooks/nowhere", 0, "/opt/gone");

        Assert.Equal("/opt/hooks/foreign is a link of the user 1000", Fault("/opt/hooks/foreign"));
        Assert.Equal("/opt/hooks/circle has too many links on its way", Fault("/opt/hooks/circle"));
        Assert.Equal("/opt/gone is not there", Fault("/opt/hooks/nowhere"));
        Assert.Equal("/opt/hooks is a folder", Fault("/opt/hooks"));
        Assert.Equal("/opt/hooks/reload is no folder", Fault("/opt/hooks/reload/below"));
    }

    /// <summary>The kernel's own word, of files that every system has.</summary>
    [Fact]
    public void What_the_system_says_is_read_as_it_is()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Elsewhere nothing tells the owner.");
        var files = new FileFactsReader();

        Assert.Equal(new FileFacts(true, 0, Folder), files.Find("/"));
        Assert.Equal(0u, files.Find("/bin/sh")!.Owner);
        Assert.Null(files.Find("/no/such/file"));
        Assert.Equal(Environment.IsPrivilegedProcess, files.User == 0);

        var folder = Directory.CreateTempSubdirectory("acme-hooks").FullName;
        try
        {
            var (file, link) = (Path.Combine(folder, "file"), Path.Combine(folder, "link"));
            File.WriteAllText(file, "");
            File.SetUnixFileMode(file, (UnixFileMode)0b110_010_001);
            File.CreateSymbolicLink(link, "file");
            Assert.Equal(new FileFacts(false, files.User, (UnixFileMode)0b110_010_001), files.Find(file));
            Assert.Equal("file", files.Find(link)!.Target);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private string? Fault(string path) => new FileTrust(_files).FaultOf(path);

    internal sealed class Files : IFileFacts
    {
        private readonly Dictionary<string, FileFacts> _facts = [];

        public uint? User { get; set; } = 0;

        public bool IsReadable { get; set; } = true;

        public void Add(string path, uint owner, UnixFileMode mode, bool folder = false) => _facts[path] = new FileFacts(folder, owner, mode);

        public void Link(string path, uint owner, string target) => _facts[path] = new FileFacts(false, owner, (UnixFileMode)0b111_111_111, target);

        public void Change(string path, uint owner, UnixFileMode mode) => _facts[path] = _facts[path] with { Owner = owner, Mode = mode };

        public void Remove(string path) => _facts.Remove(path);

        public FileFacts? Find(string path) => _facts.GetValueOrDefault(path);

        public IReadOnlyList<string>? List(string folder) => IsReadable && _facts.ContainsKey(folder) ? [.. _facts.Keys.Where(path => Path.GetDirectoryName(path) == folder).Select(path => Path.GetFileName(path)!)] : null;
    }
}
