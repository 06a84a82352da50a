namespace AcmeKestrel.Tests.CommandLine;

/// <summary>The kernel has little room for the path of a socket, and a state may lie deep down.</summary>
public sealed class LongStatePathTests : CommandScene
{
    private protected override string State => Path.Combine(base.State, string.Join(Path.DirectorySeparatorChar, Enumerable.Repeat("Zertifikate-für-Müller", 6)));

    [Fact]
    public async Task The_server_is_found_whose_state_has_a_long_path()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Elsewhere such a state has no socket.");
        var server = await ServeAsync().WaitAsync(Deadline, Token);

        Assert.Contains("As the server says", (await AcmeAsync("status")).Errors, StringComparison.Ordinal);

        await StopAsync(server);
        Assert.False(File.Exists(Path.Combine(State, "locks", "control")));
    }
}
