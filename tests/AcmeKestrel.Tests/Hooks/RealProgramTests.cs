using System.Diagnostics;
using AcmeKestrel.Configuration.Hooks;
using AcmeKestrel.Hooks;
using AcmeKestrel.Hooks.Programs;
using AcmeKestrel.Lifecycle;
using AcmeKestrel.Lifecycle.Dispatching;
using AcmeKestrel.Tests.Lifecycle;
using AcmeKestrel.Tests.Storage;
using Microsoft.Extensions.DependencyInjection;

namespace AcmeKestrel.Tests.Hooks;

/// <summary>A real state directory, real links and a real program, told of several certificates and of a renewal.</summary>
public sealed class RealProgramTests : IDisposable
{
    private readonly HookScene _scene = new();
    private readonly StateFolder _state;
    private readonly string _folder = Directory.CreateTempSubdirectory("acme-hooks").FullName;

    public RealProgramTests() => _state = new StateFolder(_scene.Time);

    public void Dispose()
    {
        _state.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task A_script_copies_what_it_is_told_of()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "The script is for /bin/sh.");
        var script = Path.Combine(_folder, "deploy");
        await WrittenScript.WriteAsync(
            script,
            $$"""
            [ "$1" = live-updated ] || exit 42
            while read -r name; do
                cp "$ACME_STATE_DIR/certs/$name/fullchain" "{{_folder}}/$name.pem" || exit 1
                echo "$name $ACME_ATTEMPT" >> "{{_folder}}/told"
            done
            """);
        _scene.Settings.Hooks = new HookSettings(null, [new HookProgram("deploy", script, [], HookEvents.All)], []);

        // Whose the temporary folder is, is not what is tried here; the scene's clock would end no program.
        _scene.Also = services => services.AddSingleton<IFileFacts>(new Anybodys()).AddSingleton<IPrograms>(new SystemPrograms(TimeProvider.System));
        await using var edge = await _scene.StartAsync(_state.Open(), null, Wishes.Of("a.test"), Wishes.Of("*.b.test", ["*.b.test"]));
        await edge.RunAsync(TimeSpan.FromSeconds(1));

        await _scene.DeliverAsync(edge, TimeSpan.FromSeconds(3));

        Assert.Equal(Pem(edge, "a.test"), await ReadAsync("a.test.pem"));
        Assert.True(edge.Get<IAcmeHooks>().List()[0] is { Pending: 0, LastProblem: null }, edge.Get<IAcmeHooks>().List()[0].LastProblem);

        var first = await ReadAsync("a.test.pem");
        _scene.Time.Advance(TimeSpan.FromMinutes(1));
        edge.Entry("a.test").Post(new LabelRequest { IsForced = true, Renews = true });
        edge.Get<Dispatcher>().Wake("a.test");
        await edge.RunAsync(TimeSpan.FromSeconds(1));
        await _scene.DeliverAsync(edge, TimeSpan.FromSeconds(3));

        Assert.NotEqual(first, await ReadAsync("a.test.pem"));
        Assert.Equal(Pem(edge, "a.test"), await ReadAsync("a.test.pem"));
        Assert.Empty(Directory.GetFiles(_state["deliveries"]));
    }

    /// <summary>The example of docs/hooks.md, with OpenSSL's own hash.</summary>
    [Fact]
    public async Task A_shell_can_verify_a_webhooks_signature()
    {
        Assert.SkipUnless(File.Exists("/usr/bin/openssl") && File.Exists("/bin/sh"), "apt-get install openssl");
        var page = await File.ReadAllTextAsync(Path.Combine(Repository.Root, "docs", "hooks.md"), TestContext.Current.CancellationToken);
        var begin = page.IndexOf("expected=", StringComparison.Ordinal);
        var sample = page[begin..page.IndexOf("```", begin, StringComparison.Ordinal)];
        var body = """{"version":1,"event":"issued"}"""u8.ToArray();
        await File.WriteAllBytesAsync(Path.Combine(_folder, "body.json"), body, TestContext.Current.CancellationToken);
        var now = DateTimeOffset.UtcNow.ToUnixTimeSeconds();

        Assert.Equal(0, await VerifyAsync(sample, now, WebhookSignature.Of("0123456789abcdef", now, body)));
        Assert.NotEqual(0, await VerifyAsync(sample, now, WebhookSignature.Of("another-secret-00", now, body)));
        Assert.NotEqual(0, await VerifyAsync(sample, now - 1000, WebhookSignature.Of("0123456789abcdef", now - 1000, body)));
    }

    private async Task<int> VerifyAsync(string sample, long timestamp, string signature)
    {
        var start = new ProcessStartInfo("/bin/sh", ["-c", sample]) { WorkingDirectory = _folder };
        (start.Environment["timestamp"], start.Environment["signature"], start.Environment["secret"]) = ($"{timestamp}", signature, "0123456789abcdef");
        using var shell = Process.Start(start)!;
        await shell.WaitForExitAsync(TestContext.Current.CancellationToken);
        return shell.ExitCode;
    }

    private static string Pem(Edge edge, string label) => edge.Published.Current[label].Chain.ToFullChainPem();

    private Task<string> ReadAsync(string name) => File.ReadAllTextAsync(Path.Combine(_folder, name), TestContext.Current.CancellationToken);

    private sealed class Anybodys : IFileFacts
    {
        public uint? User => null;

        public FileFacts? Find(string path) => null;

        public IReadOnlyList<string>? List(string folder) => null;
    }
}
