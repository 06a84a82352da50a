using System.Diagnostics;
using AcmeKestrel.Hooks.Programs;

namespace AcmeKestrel.Tests.Hooks;

/// <summary>A program that was started in .NET's own way has ended, and whoever was to read what it said has not come to it on a busy machine.</summary>
public sealed class LastWordsTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("echo begun; echo in vain >&2")]
    [InlineData("sleep 45 & echo $!; echo begun; echo in vain >&2")]
    public async Task What_nobody_has_read_when_a_child_ends_is_read_then(string script)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Elsewhere it is not known what lies in a pipe.");
        using var child = Process.Start(new ProcessStartInfo("/bin/sh", ["-c", script]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        await child.WaitForExitAsync(Token);
        var (output, errors) = (new ProgramOutput(), new ProgramOutput());
        using var over = CancellationTokenSource.CreateLinkedTokenSource(Token);

        // A reader that is there and has got nothing yet, as it would find the pipe.
        await LastWords.HearAsync(Task.Delay(Timeout.Infinite, over.Token), over, (child.StandardOutput.BaseStream, output), (child.StandardError.BaseStream, errors));

        var said = output.End().Split(" | ");
        if (said.Length > 1) Process.GetProcessById(int.Parse(said[0], System.Globalization.CultureInfo.InvariantCulture)).Kill();
        Assert.Equal(("begun", "in vain"), (said[^1], errors.End()));
    }
}
