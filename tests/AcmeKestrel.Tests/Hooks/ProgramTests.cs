using System.Diagnostics;
using System.Globalization;
using AcmeKestrel.Hooks.Programs;
using AcmeKestrel.Tests.Serving;
using Microsoft.Extensions.Time.Testing;

namespace AcmeKestrel.Tests.Hooks;

/// <summary>Real programs: scripts that these tests write.</summary>
public sealed class ProgramTests : IDisposable
{
    private static readonly TimeSpan Long = TimeSpan.FromSeconds(60);
    private readonly string _folder = Directory.CreateTempSubdirectory("acme-hooks").FullName;
    private readonly SystemPrograms _programs = new(TimeProvider.System);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task A_program_gets_its_arguments_as_they_are_its_input_and_no_environment_but_what_it_is_given()
    {
        RequireShell();
        var script = await ScriptAsync("""printf '%s\n' "$@"; cat; env; pwd""");

        var result = await RunAsync(script, ["a b", "$(id)", "*", "'"], "one\ntwo\n");

        Assert.Equal(0, result.ExitCode);
        var said = result.Output.Split(" | ");
        Assert.Equal(["a b", "$(id)", "*", "'", "one", "two"], said[..6]);
        Assert.Equal("/", said[^1]);
        var environment = said[6..^1].Select(line => line.Split('=')[0]).Except(["PWD", "SHLVL", "_", "OLDPWD"]);
        Assert.Equal(["GIVEN", "PATH"], environment.Order());
    }

    [Theory]
    [InlineData("exit 0", 0)]
    [InlineData("exit 42", 42)]
    [InlineData("exit 255", 255)]
    public async Task Its_exit_code_is_told(string body, int code)
    {
        RequireShell();

        Assert.Equal(code, (await RunAsync(await ScriptAsync(body))).ExitCode);
    }

    /// <summary>As the first process of a container the platform collects every child that has ended, once the application has used a <see cref="Process"/>.</summary>
    [Fact]
    public async Task Its_exit_code_is_told_beside_a_platform_that_looks_after_ended_children_as_well()
    {
        RequireShell();
        using (var other = Process.Start("/bin/sh", ["-c", "exit 0"])) await other.WaitForExitAsync(Token);
        var script = await ScriptAsync("exit 7");

        var results = await Task.WhenAll(Enumerable.Range(0, 40).Select(_ => RunAsync(script)));

        Assert.All(results, result => Assert.Equal((7, null), (result.ExitCode, result.Fault)));
    }

    [Fact]
    public async Task One_that_a_signal_ends_has_no_exit_code()
    {
        RequireShell();

        var result = await RunAsync(await ScriptAsync("kill -9 $$"));

        Assert.Null(result.ExitCode);
        Assert.Equal("it was ended by a signal", result.Fault);
    }

    [Fact]
    public async Task One_that_is_not_there_or_is_no_program_says_so()
    {
        RequireShell();
        var text = Path.Combine(_folder, "text");
        await File.WriteAllTextAsync(text, "no program\n", Token);
        File.SetUnixFileMode(text, UnixFileMode.UserRead | UnixFileMode.UserExecute);

        Assert.Contains("No such file", (await RunAsync(Path.Combine(_folder, "gone"))).Fault, StringComparison.Ordinal);
        Assert.Contains("could not be started", (await RunAsync(text)).Fault, StringComparison.Ordinal);
    }

    /// <summary>Its grandchild has another parent by then, and a group of its own.</summary>
    [Fact]
    public async Task One_that_takes_too_long_is_ended_with_all_that_it_started()
    {
        RequireShell();
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Elsewhere the platform's own way is taken, which follows parents.");
        var (child, grandchild) = (Path.Combine(_folder, "child"), Path.Combine(_folder, "grandchild"));
        const string OfItsOwnGroup = """if [ -x /usr/bin/perl ]; then perl -e 'setpgrp; exec "sleep", "300"' & else sleep 300 & fi""";
        var inner = await ScriptAsync($"{OfItsOwnGroup}; echo $! > {grandchild}.new; mv {grandchild}.new {grandchild}; exit 0", "inner");
        var script = await ScriptAsync($"echo $$ > {child}; {inner} & sleep 300");

        var (time, limit) = (new FakeTimeProvider(), TimeSpan.FromMinutes(2));
        var running = new SystemPrograms(time).RunAsync(Call(script, [], "", limit), Token);
        while (!File.Exists(grandchild)) await Task.Delay(20, Token);
        var ids = new[] { child, grandchild }.Select(file => int.Parse(File.ReadAllText(file), CultureInfo.InvariantCulture)).ToList();
        Assert.All(ids, id => Assert.True(IsAlive(id)));
        time.Advance(limit - TimeSpan.FromTicks(1));
        Assert.False(running.IsCompleted);
        time.Advance(TimeSpan.FromTicks(1));
        var result = await running;

        Assert.Null(result.ExitCode);
        Assert.Contains("did not end within", result.Fault, StringComparison.Ordinal);
        await Eventually.TrueAsync(() => !ids.Exists(IsAlive));
    }

    [Fact]
    public async Task One_that_is_cancelled_is_ended()
    {
        RequireShell();
        var child = Path.Combine(_folder, "child");
        using var cancelled = CancellationTokenSource.CreateLinkedTokenSource(Token);
        var running = _programs.RunAsync(Call(await ScriptAsync($"echo $$ > {child}.new; mv {child}.new {child}; exec sleep 300"), [], "", Long), cancelled.Token);
        while (!File.Exists(child)) await Task.Delay(20, Token);

        await cancelled.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running);
        Assert.False(IsAlive(int.Parse(await File.ReadAllTextAsync(child, Token), CultureInfo.InvariantCulture)));
    }

    /// <summary>A daemon that a script starts keeps the script's output open.</summary>
    [Fact]
    public async Task What_a_program_leaves_running_when_it_ends_is_neither_waited_for_nor_ended()
    {
        RequireShell();
        var left = Path.Combine(_folder, "left");
        var watch = Stopwatch.StartNew();

        var result = await RunAsync(await ScriptAsync($"sleep 45 & echo $! > {left}; echo begun; exit 0"));

        var id = int.Parse(await File.ReadAllTextAsync(left, Token), CultureInfo.InvariantCulture);
        Assert.Equal((0, "begun"), (result.ExitCode, result.Output));
        Assert.True(watch.Elapsed < TimeSpan.FromSeconds(30));
        Assert.True(IsAlive(id));
        using var process = Process.GetProcessById(id);
        process.Kill();
    }

    [Fact]
    public async Task However_much_it_says_it_comes_to_its_end_and_the_last_of_it_is_kept()
    {
        RequireShell();

        var result = await RunAsync(await ScriptAsync("i=0; while [ $i -lt 20000 ]; do echo \"line $i of many lines\"; i=$((i+1)); done; echo done >&2"));

        Assert.Equal(0, result.ExitCode);
        Assert.InRange(result.Output.Length, 1000, 6000);
        Assert.EndsWith("line 19999 of many lines | done", result.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task One_that_does_not_read_its_input_is_no_failure()
    {
        RequireShell();

        Assert.Equal(0, (await RunAsync(await ScriptAsync("exit 0"), input: new string('x', 1_000_000))).ExitCode);
    }

    [Fact]
    public async Task Twenty_at_once_do_not_mix_their_outputs()
    {
        RequireShell();
        var script = await ScriptAsync("echo $1; cat");

        var results = await Task.WhenAll(Enumerable.Range(0, 20).Select(i => RunAsync(script, [$"number {i}"], $"input {i}")));

        Assert.Equal(Enumerable.Range(0, 20).Select(i => $"number {i} | input {i}"), results.Select(result => result.Output));
    }

    private static void RequireShell() => Assert.SkipUnless(File.Exists("/bin/sh"), "These tests are scripts for /bin/sh.");

    private Task<ProgramResult> RunAsync(string command, string[]? arguments = null, string input = "") => _programs.RunAsync(Call(command, arguments ?? [], input, Long), Token);

    private static ProgramCall Call(string command, string[] arguments, string input, TimeSpan limit) =>
        new(command, arguments, new Dictionary<string, string> { ["PATH"] = "/usr/bin:/bin", ["GIVEN"] = "1" }, System.Text.Encoding.UTF8.GetBytes(input), limit);

    private async Task<string> ScriptAsync(string body, string name = "script")
    {
        var path = Path.Combine(_folder, name);
        await WrittenScript.WriteAsync(path, body);
        return path;
    }

    /// <summary>A zombie is over.</summary>
    private static bool IsAlive(int id)
    {
        try
        {
            var stat = File.ReadAllText($"/proc/{id}/stat");
            return stat[stat.LastIndexOf(')') + 2] is not ('Z' or 'X');
        }
        catch (IOException)
        {
            return false;
        }
    }
}
