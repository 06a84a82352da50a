using System.Text.Json;
using AcmeKestrel.Tests.Hooks;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;

namespace AcmeKestrel.Tests.CommandLine;

/// <summary><c>test hook</c>: once, marked as a test, and nothing is owed or kept.</summary>
public sealed class TestHookVerbTests : CommandScene
{
    private readonly ToldHook _hook = new("reload", AcmeHookEvent.LiveUpdated, AcmeHookEvent.Failed);

    public TestHookVerbTests()
    {
        Settings["Acme:Domains:0"] = "shop.test www.shop.test";
        Also = services => services.AddSingleton<ICertificateHook>(_hook);
    }

    [Theory]
    [InlineData(true, "reload")]
    [InlineData(false, "code.reload")]
    public async Task A_hook_is_told_once_of_what_is_stored(bool withServer, string name)
    {
        Assert.Equal(0, (await AcmeAsync("reconcile")).Exit);
        if (withServer) await Certificates(await ServeAsync()).WaitUntilSettledAsync(Token).WaitAsync(Deadline, Token);
        _hook.Calls.Clear();

        var said = await AcmeAsync("test", "hook", name);

        Assert.True(said.Exit == 0, said.Errors);
        Assert.StartsWith("code.reload: told live-updated of shop.test as a test: done (", Assert.Single(said.Output), StringComparison.Ordinal);
        var call = Assert.Single(_hook.Calls);
        Assert.Equal((true, AcmeHookEvent.LiveUpdated, 1), (call.IsTest, call.Event, call.Attempt));
        var told = Assert.Single(call.Certificates);
        Assert.Equal(["shop.test", "www.shop.test"], told.Names.Order());
        Assert.Equal(Path.Combine(State, "certs", "shop.test"), told.Path);
        Assert.NotNull(told.Generation);
        Assert.Empty(Owed());
    }

    [Theory]
    [InlineData("Shop.TEST", "shop.test")]
    [InlineData("My_Shop", "my_shop")]
    [InlineData("bücher.test", "xn--bcher-kva.test")]
    public async Task A_label_is_known_as_other_verbs_know_it(string written, string label)
    {
        (Settings["Acme:Certificates:My_Shop:Names:0"], Settings["Acme:Domains:1"]) = ("mine.test", "bücher.test");

        var said = await AcmeAsync("test", "hook", "reload", "--label", written);

        Assert.True(said.Exit == 0, said.Text + said.Errors);
        Assert.Equal(label, Assert.Single(Assert.Single(_hook.Calls).Certificates).Label);
    }

    [Fact]
    public async Task A_failure_is_told_and_not_repeated()
    {
        var server = await ServeAsync();
        await Certificates(server).WaitUntilSettledAsync(Token).WaitAsync(Deadline, Token);
        while (server.Services.GetRequiredService<IAcmeHooks>().List()[0].Pending > 0) await Task.Delay(20, Token);
        _hook.Calls.Clear();
        _hook.Answer = _ => Task.FromResult(AcmeHookResult.Failed("the disk is full"));

        var said = await AcmeAsync("test", "hook", "reload", "--event", "failed", "--json");

        Assert.True(said is { Exit: 1, Output.Count: > 0 }, said.Errors);
        using var answer = JsonDocument.Parse(said.Text);
        var result = answer.RootElement.GetProperty("result");
        Assert.Equal(("Failed", "Failed", "the disk is full"), (result.GetProperty("outcome").GetString(), result.GetProperty("event").GetString(), result.GetProperty("problem").GetString()));
        Assert.Single(_hook.Calls);
        var status = Assert.Single(server.Services.GetRequiredService<IAcmeHooks>().List());
        Assert.Equal((0, 0, null), (status.Pending, status.Failures, status.LastProblem));
        Assert.Empty(Owed());
    }

    /// <summary>A hook is called by one at a time, whoever calls.</summary>
    [Fact]
    public async Task A_hook_that_is_being_told_something_is_told_the_test_afterwards()
    {
        var (told, over) = (new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously), new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
        var (now, most) = (0, 0);
        _hook.Answer = async call =>
        {
            most = Math.Max(most, Interlocked.Increment(ref now));
            told.TrySetResult();
            if (!call.IsTest) await over.Task;
            Interlocked.Decrement(ref now);
            return AcmeHookResult.Done;
        };
        var server = await ServeAsync();
        await told.Task.WaitAsync(Deadline, Token);

        var test = AcmeAsync("test", "hook", "reload");
        while (!(await server.Services.GetRequiredService<IAcmeState>().ListRequestsAsync(Token)).Any(request => request is { Verb: "TestHook", BegunAt: not null })) await Task.Yield();
        Assert.Contains("TestHook reload, asked by", (await AcmeAsync("requests")).Text, StringComparison.Ordinal);
        over.SetResult();

        Assert.Equal(0, (await test).Exit);
        Assert.Equal([false, true], _hook.Calls.Select(call => call.IsTest));
        Assert.Equal(1, most);
    }

    [Fact]
    public async Task What_cannot_be_told_says_why()
    {
        Assert.Contains("There is no hook 'chat'; there are code.reload.", (await AcmeAsync("test", "hook", "chat")).Errors, StringComparison.Ordinal);
        var event_ = await AcmeAsync("test", "hook", "reload", "--event", "issued");
        Assert.Equal(1, event_.Exit);
        Assert.Contains("it is not told of issued, but of live-updated, failed", event_.Text, StringComparison.Ordinal);
        var label = await AcmeAsync("test", "hook", "reload", "--label", "nobody.test");
        Assert.Contains("nothing is wished or stored under 'nobody.test'", label.Text, StringComparison.Ordinal);
        Assert.Equal(2, (await AcmeAsync("test", "hook", "reload", "--event", "deploy")).Exit);
        Settings.Remove("Acme:Domains:0");
        Assert.Contains("nothing is wished or stored that", (await AcmeAsync("test", "hook", "reload")).Text, StringComparison.Ordinal);
        Assert.Empty(_hook.Calls);
    }

    [Fact]
    public async Task A_program_is_called_with_its_exit_code_and_what_it_says()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Programs of Unix are run.");
        Settings["Acme:Hooks:Programs:say:Command"] = "/bin/sh";
        (Settings["Acme:Hooks:Programs:say:Args:0"], Settings["Acme:Hooks:Programs:say:Args:1"], Settings["Acme:Hooks:Programs:say:Json"]) = ("-c", "cat; echo; echo $ACME_TEST; exit 3", "true");

        var said = await AcmeAsync("test", "hook", "say", "--label", "shop.test");

        Assert.Equal(1, said.Exit);
        Assert.Contains("failed, and would be told again: it exited with 3", said.Output[0], StringComparison.Ordinal);
        Assert.Contains("exit code 3)", said.Output[0], StringComparison.Ordinal);
        Assert.Contains("\"test\":true", said.Output[1], StringComparison.Ordinal);
        Assert.EndsWith("| 1", said.Output[1], StringComparison.Ordinal);
    }

    private IReadOnlyList<string> Owed() => Directory.Exists(Path.Combine(State, "deliveries")) ? Directory.GetFileSystemEntries(Path.Combine(State, "deliveries")) : [];
}
