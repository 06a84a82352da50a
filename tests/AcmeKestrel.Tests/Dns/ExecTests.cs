using AcmeKestrel.Hooks.Programs;
using AcmeKestrel.Lifecycle.Proving;
using AcmeKestrel.Tests.Hooks;
using Microsoft.Extensions.DependencyInjection;

namespace AcmeKestrel.Tests.Dns;

/// <summary>Real programs: scripts that these tests write.</summary>
public sealed class ExecTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("acme-exec").FullName;
    private readonly Files _files = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public ExecTests() => Assert.SkipUnless(OperatingSystem.IsLinux(), "The scripts are for /bin/sh.");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task It_is_called_with_the_name_and_the_value()
    {
        var provider = Provider(await ScriptAsync("""printf '%s\n' "$@" >> "$(dirname "$0")/said" """));

        await provider.CheckAsync(ApiScene.Record, Token);
        await provider.AddAsync(ApiScene.Record, Token);
        await provider.RemoveAsync(ApiScene.Record, Token);

        Assert.Equal(["present", "_acme-challenge.www.shop.test.", ApiScene.Value, "cleanup", "_acme-challenge.www.shop.test.", ApiScene.Value], await SaidAsync());
    }

    [Fact]
    public async Task Raw_it_is_called_with_what_the_value_is_made_of()
    {
        var provider = Provider(await ScriptAsync("""printf '%s\n' "$@" >> "$(dirname "$0")/said" """), ("Mode", "RAW"));

        await provider.AddAsync(ApiScene.Record, Token);
        await provider.RemoveAsync(ApiScene.Record, Token);

        Assert.Equal(["present", "--", "www.shop.test", "-token", "-token.thumbprint", "cleanup", "--", "www.shop.test", "-token", "-token.thumbprint"], await SaidAsync());
    }

    [Fact]
    public async Task It_has_no_environment_of_this_process()
    {
        await Provider(await ScriptAsync("""env > "$(dirname "$0")/said" """)).AddAsync(ApiScene.Record, Token);

        Assert.Equal(["LANG", "PATH"], (await SaidAsync()).Select(line => line.Split('=')[0]).Except(["PWD", "SHLVL", "_", "OLDPWD"]).Order());
    }

    [Fact]
    public async Task Its_failure_is_told_with_the_last_that_it_said()
    {
        var script = await ScriptAsync("echo one; echo 'the zone is locked' >&2; exit 3");

        Assert.Equal($"The program {script} exited with 3 on present: the zone is locked", await FaultAsync(Provider(script).AddAsync(ApiScene.Record, Token)));
    }

    [Fact]
    public async Task One_that_does_not_end_is_ended()
    {
        var script = await ScriptAsync("sleep 600");

        Assert.Equal($"The program {script} failed on cleanup: it did not end within 00:00:01, and was ended with all that it started", await FaultAsync(Provider(script, ("Timeout", "1")).RemoveAsync(ApiScene.Record, Token)));
    }

    [Fact]
    public async Task One_that_others_may_change_is_not_run()
    {
        var script = await ScriptAsync("touch \"$(dirname \"$0\")/said\"");
        _files.User = 0;
        _files.Owner = 1000;

        Assert.Contains("belongs to the user 1000", await FaultAsync(Provider(script).CheckAsync(ApiScene.Record, Token)), StringComparison.Ordinal);
        Assert.StartsWith($"The program {script} failed on present: ", await FaultAsync(Provider(script).AddAsync(ApiScene.Record, Token)), StringComparison.Ordinal);
        Assert.False(File.Exists(Path.Combine(_folder, "said")));
    }

    [Fact]
    public void Keys_are_checked()
    {
        Assert.Equal(["Program is missing."], ApiScene.Problems("exec"));
        Assert.Equal(["Program 'update-dns' is no absolute path.", "Timeout '0' is no whole number from 1 to 120."], ApiScene.Problems("exec", ("Program", "update-dns"), ("Timeout", "0")));
    }

    /// <summary>A call of any provider's is left behind after that time, so a longer one could not be kept.</summary>
    [Fact]
    public void It_may_take_as_long_as_any_provider()
    {
        var most = (int)DnsDesk.LongestCall.TotalSeconds;

        Assert.Empty(ApiScene.Problems("exec", ("Program", "/x"), ("Timeout", $"{most}")));
        Assert.Equal([$"Timeout '{most + 1}' is no whole number from 1 to {most}."], ApiScene.Problems("exec", ("Program", "/x"), ("Timeout", $"{most + 1}")));
    }

    private IDnsProvider Provider(string script, params (string Key, string Value)[] keys) => ApiScene.Create(
        "exec",
        services => services.AddSingleton<IAcmePrograms>(new TrustedPrograms(new SystemPrograms(TimeProvider.System), new FileTrust(_files))),
        [("Program", script), .. keys]);

    private async Task<string> ScriptAsync(string body)
    {
        var path = Path.Combine(_folder, "update-dns");
        await WrittenScript.WriteAsync(path, body);
        return path;
    }

    private async Task<string[]> SaidAsync() => await File.ReadAllLinesAsync(Path.Combine(_folder, "said"), Token);

    private static async Task<string> FaultAsync(Task calling)
    {
        var fault = await Assert.ThrowsAnyAsync<Exception>(() => calling);
        Assert.True(fault is DnsProviderException or AcmeSecretException, fault.ToString());
        return fault.Message;
    }

    /// <summary>Whose the temporary folder is, is not what is tried here.</summary>
    private sealed class Files : IFileFacts
    {
        public uint? User { get; set; }

        public uint Owner { get; set; }

        public FileFacts? Find(string path) => new(Directory.Exists(path), path == "/" ? 0 : Owner, (UnixFileMode)0b111_101_101);

        public IReadOnlyList<string>? List(string folder) => null;
    }
}
