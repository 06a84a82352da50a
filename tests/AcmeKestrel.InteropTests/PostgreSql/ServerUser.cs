using AcmeKestrel.InteropTests.Edge;

namespace AcmeKestrel.InteropTests.PostgreSql;

/// <summary>Where the tests are root, servers that refuse root run as the user that PostgreSQL's package made.</summary>
internal static class ServerUser
{
    private const string Name = "postgres";

    public static ChildProcess Start(string program, string[] arguments, string folder, params (string Name, string Value)[] environment)
    {
        var variables = environment.Select(variable => KeyValuePair.Create(variable.Name, variable.Value));
        if (!Environment.IsPrivilegedProcess) return ChildProcess.Start(program, arguments, variables, folder);

        return ChildProcess.Start(RealThing.Require("setpriv", "util-linux"), ["--reuid", Name, "--regid", Name, "--init-groups", program, .. arguments], variables, folder);
    }

    /// <summary>The folder becomes its own.</summary>
    public static async Task OwnAsync(string folder, CancellationToken cancellationToken)
    {
        if (!Environment.IsPrivilegedProcess) return;

        await using var chown = ChildProcess.Start("chown", ["-R", Name, folder], [], "/");
        Assert.True(await chown.ExitAsync(cancellationToken) == 0, chown.Output);
    }
}
