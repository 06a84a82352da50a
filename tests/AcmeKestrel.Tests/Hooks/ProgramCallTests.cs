using System.Text;
using System.Text.Json;
using AcmeKestrel.Configuration.Hooks;
using AcmeKestrel.Hooks;
using AcmeKestrel.Hooks.Programs;
using AcmeKestrel.Lifecycle.Delivering;
using AcmeKestrel.Tests.Lifecycle;
using Microsoft.Extensions.DependencyInjection;

namespace AcmeKestrel.Tests.Hooks;

/// <summary>What programs are told, and what their answers mean.</summary>
public sealed class ProgramCallTests
{
    private static readonly TimeSpan Gathered = TimeSpan.FromSeconds(3);
    private readonly HookScene _scene = new();
    private readonly Programs _programs = new();
    private readonly FileTrustTests.Files _files = new();

    public ProgramCallTests()
    {
        foreach (var folder in (string[])["/", "/opt", "/opt/hooks"]) _files.Add(folder, 0, (UnixFileMode)0b111_101_101, folder: true);
        foreach (var name in (string[])["reload", "10-first", "20-second"]) Add(name);
        _scene.Also = services => services.AddSingleton<IPrograms>(_programs).AddSingleton<IFileFacts>(_files);
    }

    [Fact]
    public async Task A_program_is_told_the_event_as_its_last_argument_and_names_line_by_line()
    {
        Configure(new HookProgram("reload", "/opt/hooks/reload", ["-s", "nginx"], [AcmeHookEvent.LiveUpdated]));
        await using var edge = await ServeAsync("a.test", "b.test");

        var call = Assert.Single(_programs.Calls);
        Assert.Equal("/opt/hooks/reload", call.Command);
        Assert.Equal(["-s", "nginx", "live-updated"], call.Arguments);
        Assert.Equal("a.test\nb.test\n", Encoding.UTF8.GetString(call.Input.Span));
        Assert.Equal(
            ["ACME_ATTEMPT=1", "ACME_EVENT=live-updated", "ACME_HOOK=program.reload", "ACME_STATE_DIR=/state", "LANG=C.UTF-8"],
            call.Environment.Where(one => one.Key is not ("PATH" or "ACME_DELIVERY")).Select(one => $"{one.Key}={one.Value}").Order(StringComparer.Ordinal));
        Assert.Equal(TimeSpan.FromMinutes(2), call.Limit);
    }

    [Fact]
    public async Task One_that_wants_it_gets_a_JSON_document()
    {
        Configure(new HookProgram("reload", "/opt/hooks/reload", [], [AcmeHookEvent.Issued]) { Json = true });
        await using var edge = await ServeAsync("a.test");

        using var document = JsonDocument.Parse(Assert.Single(_programs.Calls).Input);
        var root = document.RootElement;
        Assert.Equal(["version", "event", "id", "at", "attempt", "test", "stateDirectory", "certificates"], root.EnumerateObject().Select(member => member.Name));
        Assert.Equal((1, "issued", "/state"), (root.GetProperty("version").GetInt32(), root.GetProperty("event").GetString(), root.GetProperty("stateDirectory").GetString()));
        var certificate = Assert.Single(root.GetProperty("certificates").EnumerateArray());
        Assert.Equal(["label", "names", "generation", "notBefore", "notAfter", "path", "reason"], certificate.EnumerateObject().Select(member => member.Name));
        Assert.Equal(edge.Entry("a.test").Certificate!.NotAfter, certificate.GetProperty("notAfter").GetDateTimeOffset());
        Assert.Equal("/state/certs/a.test", certificate.GetProperty("path").GetString());
    }

    [Fact]
    public async Task A_deploy_hook_of_certbot_is_called_for_each_lineage_and_one_that_fails_costs_no_other()
    {
        Configure(new HookProgram("certbot", "/opt/hooks/reload", ["x"], [AcmeHookEvent.LiveUpdated]) { Protocol = HookProtocol.Certbot });
        _programs.Answer = call => call.Environment["RENEWED_LINEAGE"] == "/state/certs/a.test" ? new ProgramResult(1, null, "no") : new ProgramResult(0, null, "");
        await using var edge = await ServeAsync("a.test", "b.test");

        Assert.Equal(["/state/certs/a.test a.test", "/state/certs/b.test b.test"], _programs.Calls.Select(call => $"{call.Environment["RENEWED_LINEAGE"]} {call.Environment["RENEWED_DOMAINS"]}"));
        Assert.All(_programs.Calls, call => Assert.Equal((0, "x"), (call.Input.Length, Assert.Single(call.Arguments))));

        _programs.Calls.Clear();
        _programs.Answer = _ => new ProgramResult(0, null, "");
        await _scene.DeliverAsync(edge, TimeSpan.FromSeconds(10));
        Assert.Equal("/state/certs/a.test", Assert.Single(_programs.Calls).Environment["RENEWED_LINEAGE"]);
    }

    /// <summary>A thousand lineages at two minutes each would hold all links for a day and a half.</summary>
    [Fact]
    public async Task A_link_that_waits_while_a_deploy_hook_has_one_lineage_is_before_the_next_one()
    {
        Configure(new HookProgram("certbot", "/opt/hooks/reload", [], [AcmeHookEvent.LiveUpdated]) { Protocol = HookProtocol.Certbot });
        await using var edge = await _scene.StartAsync(Wishes.Of("a.test"), Wishes.Of("b.test"), Wishes.Of("c.test"));
        await edge.RunAsync(TimeSpan.FromSeconds(1));
        var links = edge.Get<PublicLinks>();
        var waiting = new List<Task<bool>>();
        _programs.Answer = call =>
        {
            if (_programs.Calls.Count == 1) waiting.Add(links.ShowAsync(edge.Session, "c.test", edge.Published.Current["c.test"].Id, CancellationToken.None));
            return new ProgramResult(call.Environment["RENEWED_LINEAGE"] == "/state/certs/b.test" ? 1 : 0, null, "");
        };

        await _scene.DeliverAsync(edge, Gathered);
        Assert.False(await Assert.Single(waiting));
        Assert.Equal(["/state/certs/a.test"], Lineages());
        Assert.NotNull(links.NextMove(edge.Session));

        await _scene.DeliverAsync(edge, TimeSpan.FromSeconds(1));
        Assert.Null(links.NextMove(edge.Session));
        Assert.Equal(["/state/certs/a.test", "/state/certs/b.test", "/state/certs/c.test"], Lineages());

        // The one that failed is told again for itself.
        await _scene.DeliverAsync(edge, TimeSpan.FromSeconds(10));
        Assert.Equal("/state/certs/b.test", Lineages().Last());
        Assert.Equal(4, _programs.Calls.Count);

        IEnumerable<string> Lineages() => _programs.Calls.Select(call => call.Environment["RENEWED_LINEAGE"]);
    }

    [Fact]
    public async Task Forty_two_means_that_the_event_is_not_known_and_is_not_told_again()
    {
        Configure(new HookProgram("reload", "/opt/hooks/reload", [], HookEvents.All));
        _programs.Answer = _ => new ProgramResult(42, null, "");
        await using var edge = await ServeAsync("a.test");

        Assert.Equal(["renewing", "issued", "live-updated"], _programs.Calls.Select(call => call.Arguments[^1]));
        Assert.Equal(0, Assert.Single(edge.Get<IAcmeHooks>().List()).Pending);
    }

    [Fact]
    public async Task What_it_said_last_stands_in_the_status()
    {
        Configure(new HookProgram("reload", "/opt/hooks/reload", [], [AcmeHookEvent.LiveUpdated]));
        _programs.Answer = _ => new ProgramResult(1, null, "testing | nginx: configuration file test failed");
        await using var edge = await ServeAsync("a.test");

        Assert.Equal("it exited with 1: nginx: configuration file test failed", Assert.Single(edge.Get<IAcmeHooks>().List()).LastProblem);
    }

    [Fact]
    public async Task One_that_somebody_else_may_change_is_not_run_and_stays_owed()
    {
        Configure(new HookProgram("reload", "/opt/hooks/reload", [], [AcmeHookEvent.LiveUpdated]));
        _files.Change("/opt", 1000, (UnixFileMode)0b111_101_101);
        await using var edge = await ServeAsync("a.test");
        Assert.Empty(_programs.Calls);
        Assert.Equal("/opt belongs to the user 1000; it must be root's to be run", Assert.Single(edge.Get<IAcmeHooks>().List()).LastProblem);

        _files.Change("/opt", 0, (UnixFileMode)0b111_101_101);
        await _scene.DeliverAsync(edge, TimeSpan.FromSeconds(10));

        Assert.Single(_programs.Calls);
    }

    [Fact]
    public async Task Programs_in_the_folder_are_told_of_everything_in_their_order_without_what_is_none()
    {
        _scene.Settings.Hooks = HookSettings.None with { Directory = "/opt/hooks" };
        _files.Remove("/opt/hooks/reload");
        Add(".hidden");
        Add("backup~");
        _files.Add("/opt/hooks/text", 0, (UnixFileMode)0b110_100_100);
        _files.Add("/opt/hooks/folder", 0, (UnixFileMode)0b111_101_101, folder: true);
        _files.Add("/opt/hooks/open", 0, (UnixFileMode)0b111_101_111);
        await using var edge = await ServeAsync("a.test");

        Assert.Equal(["folder.10-first", "folder.20-second"], edge.Get<HookList>().Now().Select(hook => hook.Id));
        Assert.Equal(
            ["10-first issued", "10-first live-updated", "10-first renewing", "20-second issued", "20-second live-updated", "20-second renewing"],
            _programs.Calls.Select(call => $"{Path.GetFileName(call.Command)} {call.Arguments.Single()}").Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task A_folder_that_others_may_write_to_has_no_hooks_and_one_that_cannot_be_read_for_a_moment_keeps_what_is_owed()
    {
        _scene.Settings.Hooks = HookSettings.None with { Directory = "/opt/hooks" };
        _programs.Answer = _ => new ProgramResult(1, null, "");
        await using var edge = await ServeAsync("a.test");
        var owed = edge.Get<Deliveries>();
        Assert.NotEmpty(owed.All);

        _files.IsReadable = false;
        await _scene.DeliverAsync(edge, TimeSpan.FromMinutes(1));
        Assert.NotEmpty(owed.All);

        _files.IsReadable = true;
        _files.Change("/opt/hooks", 0, (UnixFileMode)0b111_111_111);
        Assert.Empty(edge.Get<HookList>().Now());
        await _scene.DeliverAsync(edge, TimeSpan.FromMinutes(1));
        Assert.Empty(owed.All);
    }

    [Fact]
    public async Task What_happens_while_the_folder_cannot_be_read_is_told_when_it_can()
    {
        _scene.Settings.Hooks = HookSettings.None with { Directory = "/opt/hooks" };
        await using var edge = await ServeAsync("a.test");
        var before = _programs.Calls.Count;

        _files.IsReadable = false;
        await edge.RunAsync(TimeSpan.FromDays(70));
        await _scene.DeliverAsync(edge, Gathered);
        _files.IsReadable = true;
        await _scene.DeliverAsync(edge, TimeSpan.FromMinutes(1));

        Assert.Contains("live-updated", _programs.Calls.Skip(before).Select(call => call.Arguments.Single()));
    }

    private void Add(string name) => _files.Add($"/opt/hooks/{name}", 0, (UnixFileMode)0b111_101_101);

    private void Configure(params HookProgram[] programs) => _scene.Settings.Hooks = new HookSettings(null, [.. programs], []);

    /// <summary>Certificates are there, and what is due is told.</summary>
    private async Task<Edge> ServeAsync(params string[] labels)
    {
        var edge = await _scene.StartAsync([.. labels.Select(label => Wishes.Of(label))]);
        await edge.RunAsync(TimeSpan.FromSeconds(1));
        Assert.All(labels, label => Assert.Equal(AcmeCertificateState.Served, edge.Status(label).State));

        await _scene.DeliverAsync(edge, Gathered);
        return edge;
    }

    private sealed class Programs : IPrograms
    {
        public List<ProgramCall> Calls { get; } = [];

        public Func<ProgramCall, ProgramResult> Answer { get; set; } = _ => new ProgramResult(0, null, "");

        public Task<ProgramResult> RunAsync(ProgramCall call, CancellationToken cancellationToken)
        {
            lock (Calls) Calls.Add(call);
            return Task.FromResult(Answer(call));
        }
    }
}
