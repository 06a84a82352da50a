using AcmeKestrel.InteropTests.LocalCa;

namespace AcmeKestrel.InteropTests.Edge;

/// <summary>The scripts that SampleWeb prints for shells, in these shells.</summary>
public sealed class CompletionTests
{
    private static readonly string[] Lines =
    [
        "sample ac", "sample acme stat", "sample acme renew sh", "sample acme renew ", "sample acme renew --fo", "sample --Name=x acme account show --email ops@ex", "sample --environment acme", "sample --environment acme acme pla", "sample acme nonsense ",
    ];

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Bash_completes_with_the_printed_script()
    {
        var bash = RealThing.Require("bash", "bash");
        await using var ca = await LocalCaApp.StartAsync();
        await using var edge = new SampleEdge(ca.HttpPort, ca.TlsPort).Using(ca, "shop.test", "blog.test");

        var said = await RunAsync(
            edge,
            bash,
            "bash",
            """
            source script
            complete -p sample
            try() { COMP_LINE=$1; COMP_POINT=${#1}; COMPREPLY=(); _sample_acme; echo "$1> ${COMPREPLY[*]}"; }
            """);

        // Bash has read the word up to the '@' already, and is given what comes after it.
        Assert.Equal(
            [
                "complete -o default -F _sample_acme sample",
                "sample ac> acme", "sample acme stat> status", "sample acme renew sh> shop.test", "sample acme renew > blog.test shop.test", "sample acme renew --fo> --force",
                "sample --Name=x acme account show --email ops@ex> example.com", "sample --environment acme> acme", "sample --environment acme acme pla> plan", "sample acme nonsense > ",
            ],
            said);
    }

    [Fact]
    public async Task Zsh_completes_with_the_printed_script()
    {
        var zsh = RealThing.Require("zsh", "zsh");
        await using var ca = await LocalCaApp.StartAsync();
        await using var edge = new SampleEdge(ca.HttpPort, ca.TlsPort).Using(ca, "shop.test", "blog.test");

        // What only a line editor has is put in its place: the words as zsh has read them, and who takes what is offered.
        var said = await RunAsync(
            edge,
            zsh,
            "zsh",
            """
            compdef() { echo "compdef $*" }
            _files() { }
            compadd() { if [[ $1 == -a ]]; then offered=(${(P)${@[-1]}}); else offered=(${@[-1]}); fi }
            source script
            try() { words=(${(z)1}); [[ $1 == *' ' ]] && words+=(''); CURRENT=${#words}; PREFIX=${words[-1]}; offered=(); _sample_acme; echo "$1> $offered" }
            """);

        Assert.Equal(
            [
                "compdef _sample_acme sample",
                "sample ac> acme", "sample acme stat> status", "sample acme renew sh> shop.test", "sample acme renew > blog.test shop.test", "sample acme renew --fo> --force",
                "sample --Name=x acme account show --email ops@ex> ops@example.com", "sample --environment acme> acme", "sample --environment acme acme pla> plan", "sample acme nonsense > ",
            ],
            said);
    }

    /// <param name="setting">Defines <c>try</c>, which prints a line and what is offered at its end.</param>
    private static async Task<string[]> RunAsync(SampleEdge edge, string program, string shell, string setting)
    {
        edge.Settings["Acme__Email"] = "ops@example.com";
        Assert.Equal(0, (await CommandTests.AcmeAsync(edge, "reconcile")).Exit);
        var script = await CommandTests.AcmeAsync(edge, "completion", shell, "--program", "sample");
        Assert.Equal(0, script.Exit);
        await File.WriteAllTextAsync(Path.Combine(edge.ContentRoot, "script"), script.Output, Stop);
        var sample = Path.Combine(edge.ContentRoot, "sample");
        await File.WriteAllTextAsync(sample, $"#!/bin/sh\nexec '{SampleEdge.Program}' \"$@\"\n", Stop);
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(sample, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);

        edge.Settings["PATH"] = $"{edge.ContentRoot}:{Environment.GetEnvironmentVariable("PATH")}";
        var session = $"{setting}\n{string.Join('\n', Lines.Select(line => $"try '{line}'"))}\n";
        var said = await CommandTests.RunAsync(edge, program, shell == "zsh" ? ["-f", "-c", session] : ["--norc", "-c", session]);
        Assert.Equal("", said.Error);
        return said.Output.Split('\n')[..^1];
    }
}
