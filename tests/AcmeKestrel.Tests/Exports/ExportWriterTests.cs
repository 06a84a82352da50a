using AcmeKestrel.Certificates;
using AcmeKestrel.Configuration;
using AcmeKestrel.Exports;
using AcmeKestrel.Storage.Files;
using AcmeKestrel.Storage.Files.Kernel;
using static AcmeKestrel.Tests.Exports.ExportScene;

namespace AcmeKestrel.Tests.Exports;

/// <summary>Files on a real disk: whole at every moment, with the rights that were asked for and no others.</summary>
public sealed class ExportWriterTests : IDisposable
{
    private readonly Serving.TestCa _ca = new();
    private readonly ExportScene _scene = new();
    private readonly ExportWriter _writer = ExportWriter.For("/nowhere");

    public void Dispose() => _scene.Dispose();

    [Theory]
    [InlineData(ExportContent.Cert)]
    [InlineData(ExportContent.Chain)]
    [InlineData(ExportContent.FullChain)]
    [InlineData(ExportContent.PrivKey)]
    [InlineData(ExportContent.Combined)]
    [InlineData(ExportContent.Pfx)]
    internal void A_file_holds_what_is_said_and_is_written_once(ExportContent content)
    {
        var generation = _ca.Issue("shop.test");
        var file = File(content);

        Assert.Equal(ExportState.Written, _writer.Bring(file, generation).State);
        var bytes = System.IO.File.ReadAllBytes(file.Path);
        Assert.Equal(ExportState.Current, _writer.Bring(file, generation).State);

        Assert.Equal(bytes, System.IO.File.ReadAllBytes(file.Path));
        Assert.Equal(ExportSetting.IsWithKey(content) ? Private : Public, Mode(file));
        var (chain, key) = (generation.Chain, CertificateKey.ToPem(generation.PrivateKeyPkcs8.Span));
        var expected = content switch
        {
            ExportContent.Cert => chain.ToLeafPem(),
            ExportContent.Chain => chain.ToIntermediatesPem(),
            ExportContent.FullChain => chain.ToFullChainPem(),
            ExportContent.PrivKey => key,
            ExportContent.Combined => chain.ToFullChainPem() + key,
            _ => null,
        };
        if (expected is not null) Assert.Equal(expected, System.IO.File.ReadAllText(file.Path));

        // The next one of the same CA has the same chain.
        Assert.Equal(content is ExportContent.Chain ? ExportState.Current : ExportState.Written, _writer.Bring(file, _ca.Issue("shop.test")).State);
        Assert.Equal(["file"], _scene.Files);
    }

    [Fact]
    public void A_chain_without_intermediates_is_an_empty_file_and_written_once()
    {
        var generation = _ca.Issue("shop.test");
        generation = generation with { Chain = generation.Chain with { Intermediates = [] } };

        Assert.Equal([ExportState.Written, ExportState.Current], Enumerable.Range(0, 2).Select(_ => _writer.Bring(File(ExportContent.Chain), generation).State));
        Assert.Empty(System.IO.File.ReadAllBytes(_scene["file"]));
    }

    [Fact]
    public void A_mode_that_is_said_counts_and_what_becomes_wider_is_told()
    {
        var (file, generation) = (File(ExportContent.PrivKey), _ca.Issue("shop.test"));
        _writer.Bring(file, generation);

        var widened = _writer.Bring(file with { Setting = file.Setting with { Mode = OfGroup, IsModeSaid = true } }, generation);

        Assert.Equal((ExportState.Written, OfGroup), (widened.State, Mode(file)));
        Assert.Equal("a file with the mode 0600, and has 0640", widened.Replaced);
    }

    [Fact]
    public void A_file_that_somebody_made_narrower_stays_so_and_one_that_is_wider_does_not()
    {
        var (file, key) = (File(ExportContent.FullChain), File(ExportContent.PrivKey, "key"));
        _writer.Bring(file, _ca.Issue("shop.test"));
        System.IO.File.SetUnixFileMode(file.Path, Private);
        System.IO.File.WriteAllText(key.Path, "");
        System.IO.File.SetUnixFileMode(key.Path, Public);

        var generation = _ca.Issue("shop.test");
        Assert.Equal((ExportState.Written, ExportState.Written), (_writer.Bring(file, generation).State, _writer.Bring(key, generation).State));
        Assert.Equal((ExportState.Current, ExportState.Current), (_writer.Bring(file, generation).State, _writer.Bring(key, generation).State));
        Assert.Equal((Private, Private), (Mode(file), Mode(key)));
    }

    [Fact]
    public void Rights_that_a_hand_changed_are_put_right()
    {
        var (file, generation) = (File(ExportContent.PrivKey), _ca.Issue("shop.test"));
        _writer.Bring(file, generation);
        System.IO.File.SetUnixFileMode(file.Path, Public);

        Assert.Equal(ExportState.Written, _writer.Bring(file, generation).State);
        Assert.Equal(Private, Mode(file));
    }

    [Fact]
    public void Owner_and_group_are_given_by_name_or_number_and_before_any_content()
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "Only root gives files away: run the tests as root.");
        var (file, generation) = (Owned("daemon", "4242"), _ca.Issue("shop.test"));

        Assert.Equal(ExportState.Written, _writer.Bring(file, generation).State);
        Assert.Equal((Posix.FindUser("daemon")!.Value, 4242u), OwnerOf(file));
        Assert.Equal(ExportState.Current, _writer.Bring(file, generation).State);

        Assert.Equal(ExportState.Written, _writer.Bring(Owned("4242", "daemon"), generation).State);
        Assert.Equal((4242u, Posix.FindGroup("daemon")!.Value), OwnerOf(file));
    }

    [Theory]
    [InlineData("nobody-knows-me", null, "There is no user 'nobody-knows-me'")]
    [InlineData(null, "nobody-knows-us", "There is no group 'nobody-knows-us'")]
    public void A_key_is_not_written_with_other_rights_than_asked_for(string? owner, string? group, string reason)
    {
        var (file, former) = (File(ExportContent.PrivKey), _ca.Issue("shop.test"));
        _writer.Bring(file, former);

        var result = _writer.Bring(Owned(owner, group), _ca.Issue("shop.test"));

        Assert.Equal(ExportState.Failed, result.State);
        Assert.StartsWith(reason, result.Problem, StringComparison.Ordinal);
        Assert.Equal(CertificateKey.ToPem(former.PrivateKeyPkcs8.Span), System.IO.File.ReadAllText(file.Path));
        Assert.Equal(["file"], _scene.Files);
    }

    [Fact]
    public void A_link_is_replaced_and_where_it_led_stays_as_it_is()
    {
        var (file, elsewhere) = (File(ExportContent.PrivKey), _scene["elsewhere"]);
        System.IO.File.WriteAllText(elsewhere, "mine");
        System.IO.File.CreateSymbolicLink(file.Path, elsewhere);

        var result = _writer.Bring(file, _ca.Issue("shop.test"));

        Assert.Equal((ExportState.Written, $"a link to '{elsewhere}', which stays as it is"), (result.State, result.Replaced));
        Assert.Null(new FileInfo(file.Path).LinkTarget);
        Assert.Equal("mine", System.IO.File.ReadAllText(elsewhere));
    }

    [Fact]
    public void A_link_that_holds_the_right_bytes_is_no_file()
    {
        var (file, generation) = (File(ExportContent.FullChain), _ca.Issue("shop.test"));
        _writer.Bring(file, generation);
        System.IO.File.Move(file.Path, _scene["elsewhere"]);
        System.IO.File.CreateSymbolicLink(file.Path, "elsewhere");

        Assert.Equal(ExportState.Written, _writer.Bring(file, generation).State);
        Assert.Null(new FileInfo(file.Path).LinkTarget);
    }

    [Fact]
    public void The_way_to_the_folder_may_have_links()
    {
        Directory.CreateDirectory(_scene["real"]);
        Directory.CreateSymbolicLink(_scene["way"], "real");

        Assert.Equal(ExportState.Written, _writer.Bring(File(ExportContent.FullChain, "way/file"), _ca.Issue("shop.test")).State);
        Assert.True(System.IO.File.Exists(_scene["real/file"]));
    }

    [Fact]
    public void A_folder_that_is_missing_and_one_in_the_place_of_the_file_are_told()
    {
        Directory.CreateDirectory(_scene["taken/in"]);

        var (missing, taken) = (_writer.Bring(File(ExportContent.PrivKey, "none/file"), _ca.Issue("shop.test")), _writer.Bring(File(ExportContent.PrivKey, "taken"), _ca.Issue("shop.test")));

        Assert.Equal($"Its folder does not exist, and none is made : '{_scene["none"]}'", missing.Problem);
        Assert.Equal($"There is a folder in its place : '{_scene["taken"]}'", taken.Problem);
        Assert.Equal(["taken", "taken/in"], _scene.Files);
    }

    [Fact]
    public void A_pipe_in_the_place_of_the_file_holds_nobody_up()
    {
        var file = File(ExportContent.FullChain);
        using (var made = System.Diagnostics.Process.Start("mkfifo", file.Path)) made.WaitForExit();

        Assert.Equal(ExportState.Written, _writer.Bring(file, _ca.Issue("shop.test")).State);
    }

    [Theory]
    [InlineData("before create", "Read-only file system")]
    [InlineData("after create", "No space left on device")]
    [InlineData("before sync", "Input/output error")]
    [InlineData("before rename", "No space left on device")]
    public void A_disk_that_refuses_leaves_what_was_there_and_nothing_half_written(string step, string reason)
    {
        var (file, former) = (File(ExportContent.Combined), _ca.Issue("shop.test"));
        _writer.Bring(file, former);
        var refuses = true;
        var writer = Writer((at, path) =>
        {
            if (refuses && at == step) throw new IOException($"{reason} : '{path}'");
        });

        var next = _ca.Issue("shop.test");
        var result = writer.Bring(file, next);

        Assert.Equal(ExportState.Failed, result.State);
        Assert.StartsWith(reason, result.Problem, StringComparison.Ordinal);
        Assert.Equal(ExportBytes.Of(former, ExportContent.Combined, null), System.IO.File.ReadAllBytes(file.Path));
        Assert.Equal(["file"], _scene.Files);
        refuses = false;
        Assert.Equal(ExportState.Written, writer.Bring(file, next).State);
    }

    [Fact]
    public void A_reader_finds_the_old_file_or_the_new_one_at_every_step_and_no_stranger_may_read_the_next()
    {
        var (file, former, next) = (File(ExportContent.Combined), _ca.Issue("shop.test"), _ca.Issue("shop.test"));
        _writer.Bring(file, former);
        var whole = new[] { former, next }.Select(generation => System.Text.Encoding.ASCII.GetString(ExportBytes.Of(generation, ExportContent.Combined, null))).ToList();
        var steps = new List<string>();

        Writer((at, _) =>
        {
            steps.Add(at);
            Assert.Contains(System.IO.File.ReadAllText(file.Path), whole);
            Assert.All(Directory.EnumerateFiles(_scene.Folder), path => Assert.Equal(Private, System.IO.File.GetUnixFileMode(path)));
        }).Bring(file, next);

        Assert.Equal(["before create", "after create", "before sync", "before rename", "after rename", "before sync"], steps);
        Assert.Equal(whole[1], System.IO.File.ReadAllText(file.Path));
    }

    [Fact]
    public void Killed_at_any_step_the_next_start_has_the_file_whole_and_nothing_beside_it()
    {
        for (var last = 1; ; last++)
        {
            var (file, former, next) = (File(ExportContent.PrivKey), _ca.Issue("shop.test"), _ca.Issue("shop.test"));
            _writer.Bring(file, former);
            var step = 0;
            var dying = Writer((_, _) =>
            {
                if (++step >= last) throw new InvalidOperationException("killed");
            });
            var isKilled = Record.Exception(() => dying.Bring(file, next)) is InvalidOperationException;

            Assert.Contains(System.IO.File.ReadAllText(file.Path), new[] { former, next }.Select(generation => CertificateKey.ToPem(generation.PrivateKeyPkcs8.Span)));
            Writer((_, _) => { }).Sweep(_scene.Folder);
            Assert.Equal(["file"], _scene.Files);
            _writer.Bring(file, next);
            Assert.Equal(CertificateKey.ToPem(next.PrivateKeyPkcs8.Span), System.IO.File.ReadAllText(file.Path));
            if (!isKilled) break;
        }
    }

    [Fact]
    public void What_another_state_is_writing_in_the_same_folder_is_not_removed()
    {
        var other = new ExportWriter(folder => new StepFiles(LocalFileSystem.Below(folder), (at, _) =>
        {
            if (at == "before rename") _writer.Sweep(folder);
        }), "12345678");

        Assert.Equal(ExportState.Written, other.Bring(File(ExportContent.PrivKey), _ca.Issue("shop.test")).State);
    }

    [Fact]
    public void A_pfx_opens_with_the_password_of_the_file_and_follows_it()
    {
        var generation = _ca.Issue("shop.test", KeyFamily.Rsa, DateTimeOffset.UtcNow.AddDays(60), "shop.test");
        var file = new ExportFile(_scene.Export("file", ExportContent.Pfx) with { PasswordFile = _scene["password"] }, _scene["file"]);
        System.IO.File.WriteAllText(_scene["password"], "päss word\r\nanother line\n");

        Assert.Equal([ExportState.Written, ExportState.Current], Enumerable.Range(0, 2).Select(_ => _writer.Bring(file, generation).State));
        Open("päss word");

        System.IO.File.WriteAllText(_scene["password"], "other");
        Assert.Equal([ExportState.Written, ExportState.Current], Enumerable.Range(0, 2).Select(_ => _writer.Bring(file, generation).State));
        Open("other");

        System.IO.File.Delete(_scene["password"]);
        if (OperatingSystem.IsLinux())
        {
            // A pipe that nobody writes to: waiting for it would hold up all exports.
            using (var made = System.Diagnostics.Process.Start("mkfifo", _scene["password"])) made.WaitForExit();
            Assert.Contains(_scene["password"], _writer.Bring(file, generation).Problem, StringComparison.Ordinal);
            System.IO.File.Delete(_scene["password"]);
        }

        Assert.Contains(_scene["password"], _writer.Bring(file, generation).Problem, StringComparison.Ordinal);

        void Open(string password)
        {
            var opened = System.Security.Cryptography.X509Certificates.X509CertificateLoader.LoadPkcs12Collection(System.IO.File.ReadAllBytes(file.Path), password);
            Assert.Equal(generation.Chain.Intermediates.Prepend(generation.Chain.Leaf).Select(der => Convert.ToHexString(der.Span)).Order(), opened.Select(certificate => Convert.ToHexString(certificate.RawData)).Order());
            Assert.Equal(generation.Chain.Leaf.ToArray(), Assert.Single(opened, certificate => certificate.HasPrivateKey).RawData);
        }
    }

    private ExportFile File(ExportContent content, string path = "file") => new(_scene.Export(path, content), _scene[path]);

    private ExportFile Owned(string? owner, string? group) => new(_scene.Export("file", ExportContent.PrivKey) with { Owner = owner, Group = group }, _scene["file"]);

    private static ExportWriter Writer(Action<string, string> atStep) => new(folder => new StepFiles(LocalFileSystem.Below(folder), atStep), "00000000");

    private static UnixFileMode Mode(ExportFile file) => System.IO.File.GetUnixFileMode(file.Path);

    private static (uint User, uint Group)? OwnerOf(ExportFile file)
    {
        using var opened = System.IO.File.OpenHandle(file.Path);
        return Posix.FindStatus(opened) is { } status ? (status.User, status.Group) : null;
    }
}
