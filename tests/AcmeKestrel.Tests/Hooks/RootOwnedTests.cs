using System.Diagnostics;
using AcmeKestrel.Hooks.Programs;

namespace AcmeKestrel.Tests.Hooks;

/// <summary>The rule for programs that root runs, on files whose owners the kernel tells: below a folder that is root's on the whole way, which no temporary folder is.</summary>
public sealed class RootOwnedTests : IDisposable
{
    private const string Another = "65534";

    private readonly string _folder = $"/run/acmekestrel-{Guid.NewGuid():N}";

    public void Dispose()
    {
        if (Directory.Exists(_folder)) Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public void What_another_user_has_his_hand_in_is_not_run_by_root()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() && Environment.IsPrivilegedProcess, "Only root gives files away: run the tests as root.");
        if (OperatingSystem.IsWindows()) return;
        var (hooks, program, link) = (Path.Combine(_folder, "hooks"), Path.Combine(_folder, "hooks", "reload"), Path.Combine(_folder, "hooks", "link"));
        Directory.CreateDirectory(hooks, (UnixFileMode)0b111_101_101);
        File.WriteAllText(program, "#!/bin/sh\n");
        File.SetUnixFileMode(program, (UnixFileMode)0b111_101_101);
        File.CreateSymbolicLink(link, program);

        Assert.Null(Fault(program));
        Assert.Null(Fault(link));
        Assert.Equal($"{program} belongs to the user {Another}; it must be root's to be run", After(program, program));
        Assert.Equal($"{hooks} belongs to the user {Another}; it must be root's to be run", After(hooks, program));
        Assert.Equal($"{link} is a link of the user {Another}", After(link, link));
        File.SetUnixFileMode(_folder, (UnixFileMode)0b111_101_111);
        Assert.Equal($"others may write to {_folder} (mode 757); nobody but root may", Fault(program));
    }

    /// <summary>With this given away, and as it was again.</summary>
    private static string? After(string given, string program)
    {
        Give(given, Another);
        var fault = Fault(program);
        Give(given, "0");
        return fault;
    }

    private static string? Fault(string program) => new FileTrust(new FileFactsReader()).FaultOf(program);

    private static void Give(string path, string user)
    {
        using var chown = Process.Start("chown", ["-h", user, path]);
        chown.WaitForExit();
        Assert.Equal(0, chown.ExitCode);
    }
}
