using System.Diagnostics;

namespace AcmeKestrel.Tests.Hooks;

/// <summary>Programs of an application that is a container's first process, and of one that was started with SIGCHLD ignored: other tests are run there, in a process of their own.</summary>
public sealed class ProgramSurroundingsTests
{
    /// <summary>Root makes one as it is, others as the root of a user namespace.</summary>
    private static readonly string[] Container = ["unshare", .. Environment.IsPrivilegedProcess ? Array.Empty<string>() : ["--user", "--map-root-user"], "--pid", "--fork", "--kill-child", "--mount-proc"];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_first_process_of_a_container_learns_how_its_programs_ended_and_ends_all_that_they_started()
    {
        await RequireAsync([.. Container, "true"], "This user cannot make a PID namespace.");

        await PassAsync(
            Container,
            nameof(ProgramTests.Its_exit_code_is_told),
            nameof(ProgramTests.Its_exit_code_is_told_beside_a_platform_that_looks_after_ended_children_as_well),
            nameof(ProgramTests.One_that_a_signal_ends_has_no_exit_code),
            nameof(ProgramTests.One_that_is_not_there_or_is_no_program_says_so),
            nameof(ProgramTests.One_that_takes_too_long_is_ended_with_all_that_it_started),
            nameof(ProgramTests.One_that_is_cancelled_is_ended),
            nameof(ProgramTests.What_a_program_leaves_running_when_it_ends_is_neither_waited_for_nor_ended),
            nameof(ProgramTests.However_much_it_says_it_comes_to_its_end_and_the_last_of_it_is_kept),
            nameof(ProgramTests.One_that_does_not_read_its_input_is_no_failure),
            nameof(ProgramTests.Twenty_at_once_do_not_mix_their_outputs));
    }

    [Fact]
    public async Task A_process_that_was_started_with_the_end_of_children_ignored_learns_how_its_programs_ended()
    {
        string[] ignoring = ["env", "--ignore-signal=CHLD"];
        await RequireAsync([.. ignoring, "true"], "apt-get install coreutils (8.31 or newer)");

        await PassAsync(ignoring, nameof(ProgramTests.Its_exit_code_is_told), nameof(ProgramTests.One_that_a_signal_ends_has_no_exit_code), nameof(ProgramTests.One_that_takes_too_long_is_ended_with_all_that_it_started));
    }

    private static async Task RequireAsync(string[] command, string reason)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Signals and PID namespaces are Linux' own here.");
        Assert.SkipUnless((await RunAsync(command)).Code == 0, reason);
    }

    private static async Task PassAsync(string[] surroundings, params string[] tests)
    {
        var (code, said) = await RunAsync([.. surroundings, Path.Combine(AppContext.BaseDirectory, "AcmeKestrel.Tests"), "-noColor", .. tests.SelectMany(test => new[] { "-method", $"{typeof(ProgramTests).FullName}.{test}" })]);

        Assert.True(code == 0 && said.Contains("Skipped: 0", StringComparison.Ordinal), said);
    }

    private static async Task<(int? Code, string Said)> RunAsync(string[] command)
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo(command[0], command[1..]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
            await using var ended = Token.UnsafeRegister(static running => ((Process)running!).Kill(), process);
            var said = await Task.WhenAll(process.StandardOutput.ReadToEndAsync(Token), process.StandardError.ReadToEndAsync(Token));
            await process.WaitForExitAsync(Token);
            return (process.ExitCode, string.Concat(said));
        }
        catch (System.ComponentModel.Win32Exception missing)
        {
            return (null, missing.Message);
        }
    }
}
