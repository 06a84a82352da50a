using System.Text;
using AcmeKestrel.Hooks.Programs;

namespace AcmeKestrel.Tests.Hooks;

/// <summary>
/// A program that a test writes and runs at once. Another process writes it: were it open for writing here, a program that another test starts at that moment would have it open for writing as well until it runs, and nobody could run
/// the script meanwhile (ETXTBSY).
/// </summary>
internal static class WrittenScript
{
    /// <param name="body">For /bin/sh.</param>
    public static async Task WriteAsync(string path, string body)
    {
        // By the hooks' own way: .NET's would look after ended children from then on, also where they are ignored.
        var call = new ProgramCall("/bin/sh", ["-c", """cat > "$1" && chmod 755 "$1" """, "sh", path], new Dictionary<string, string> { ["PATH"] = "/usr/bin:/bin" }, Encoding.UTF8.GetBytes($"#!/bin/sh\n{body}\n"), TimeSpan.FromMinutes(1));
        var written = await new SystemPrograms(TimeProvider.System).RunAsync(call, TestContext.Current.CancellationToken);

        Assert.True(written.ExitCode == 0, written.Fault ?? written.Output);
    }
}
