using AcmeKestrel.CommandLine;
using AcmeKestrel.Tests.Hooks;
using Microsoft.Extensions.DependencyInjection;

namespace AcmeKestrel.Tests.CommandLine;

/// <summary>What shells offer at the cursor. That bash does with the printed script is shown by <c>CompletionTests</c> of the interop tests.</summary>
public sealed class CompletionTests : CommandScene
{
    [Theory]
    [InlineData("=st", "", "status store")]
    [InlineData("=R", "store copy Directory", "Redis")]
    [InlineData("=re", "", "reconcile renew requests retry release revoke restore")]
    [InlineData("=", "account", "list show update rollover recover deactivate export import")]
    [InlineData("=", "test", "http hook staging")]
    [InlineData("=--f", "renew", "--force")]
    [InlineData("=--f", "renew --force", "")]
    [InlineData("=--js", "status", "--json")]
    [InlineData("=--fall", "want shop.test --fallback one", "--fallback")]
    [InlineData("=super", "revoke shop.test --reason", "")]
    [InlineData("=Super", "revoke shop.test --reason", "Superseded")]
    [InlineData("=P3", "want shop.test --key-type", "P384")]
    [InlineData("=live", "test hook reload --event", "live-updated")]
    [InlineData("=", "completion", "bash zsh pwsh")]
    [InlineData("=", "no such verb", "")]
    public async Task Words_that_are_known_need_no_application(string word, string before, string offered)
    {
        var output = new StringWriter();

        var exit = await AcmeCommandLine.RunAsync(["acme", "complete", word, .. before.Split(' ', StringSplitOptions.RemoveEmptyEntries)], _ => throw new InvalidOperationException("It was built."), output, TextWriter.Null, cancellationToken: Token);

        Assert.Equal(0, exit);
        Assert.Equal(offered.Split(' ', StringSplitOptions.RemoveEmptyEntries).Order(), output.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.Trim()).Where(line => !line.StartsWith("-h") && line is not "/?" and not "/h").Order());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Labels_names_mail_addresses_and_hooks_are_read(bool withServer)
    {
        Settings["Acme:Domains:0"] = "shop.test www.shop.test";
        Also = services => services.AddSingleton<ICertificateHook>(new ToldHook("reload", AcmeHookEvent.LiveUpdated));
        Assert.Equal(0, (await AcmeAsync("reconcile")).Exit);
        await AcmeAsync("want", "blog.test");
        if (withServer) await Certificates(await ServeAsync()).WaitUntilSettledAsync(Token).WaitAsync(Deadline, Token);

        Assert.Equal(["blog.test", "shop.test"], await CompleteAsync("=", "renew"));
        Assert.Equal(["shop.test"], await CompleteAsync("=sh", "hold"));
        Assert.Equal(["www.shop.test"], await CompleteAsync("=w", "test", "http", "shop.test"));
        Assert.Equal(["ops@example.com"], await CompleteAsync("=o", "account", "show", "--email"));
        Assert.Equal(["code.reload"], await CompleteAsync("=", "test", "hook"));
    }

    [Fact]
    public async Task Without_a_state_nothing_is_offered_and_none_is_made()
    {
        Assert.Empty(await CompleteAsync("=", "renew"));
        Settings["Acme:Preflight"] = "perhaps";
        Assert.Empty(await CompleteAsync("=", "renew"));
        Assert.False(Directory.Exists(State));
    }

    [Fact]
    public async Task A_script_names_the_program_and_nothing_else_may_stand_there()
    {
        var said = await AcmeAsync("completion", "bash", "--program", "my-app");
        Assert.Equal(0, said.Exit);
        Assert.Contains("complete -o default -F _my_app_acme my-app", said.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("@", said.Text.Replace("[:@=]", "", StringComparison.Ordinal).Replace("[@]", "", StringComparison.Ordinal), StringComparison.Ordinal);

        Assert.Equal(2, (await AcmeAsync("completion", "bash", "--program", "a;reboot")).Exit);
        Assert.Equal(2, (await AcmeAsync("completion", "fish")).Exit);
        Assert.Contains("Register-ArgumentCompleter -Native -CommandName my-app", (await AcmeAsync("completion", "pwsh", "--program", "my-app")).Text, StringComparison.Ordinal);
    }

    private async Task<IReadOnlyList<string>> CompleteAsync(string word, params string[] before)
    {
        var said = await AcmeAsync(["complete", word, .. before]);
        Assert.Equal((0, ""), (said.Exit, said.Errors));
        return said.Output;
    }
}
