using AcmeKestrel.InteropTests.Edge;

namespace AcmeKestrel.InteropTests.PostgreSql;

/// <summary>What <c>initdb</c> made, once for all servers of a run; each begins with a copy.</summary>
internal static class InitializedFolder
{
    private static readonly SemaphoreSlim Gate = new(1, 1);

    private static TemporaryFolder? _folder;

    /// <summary>Its path. Whoever copies it is the user that servers run as.</summary>
    public static async Task<string> GetAsync(string initdb, string administrator, string password, CancellationToken cancellationToken)
    {
        await Gate.WaitAsync(cancellationToken);
        try
        {
            _folder ??= await MakeAsync(initdb, administrator, password, cancellationToken);
            return _folder.In("data");
        }
        finally
        {
            Gate.Release();
        }
    }

    /// <summary>When no server begins any more.</summary>
    public static void Delete() => _folder?.Dispose();

    private static async Task<TemporaryFolder> MakeAsync(string initdb, string administrator, string password, CancellationToken cancellationToken)
    {
        var folder = new TemporaryFolder();
        try
        {
            await File.WriteAllTextAsync(folder.In("password"), password, cancellationToken);
            await ServerUser.OwnAsync(folder.Path, cancellationToken);
            string[] arguments = ["-D", folder.In("data"), "-U", administrator, "-E", "UTF8", "--locale=C", "--auth-local=trust", "--auth-host=scram-sha-256", $"--pwfile={folder.In("password")}", "--no-sync"];
            await using var program = ServerUser.Start(initdb, arguments, folder.Path);
            Assert.True(await program.ExitAsync(cancellationToken) == 0, program.Output);
            return folder;
        }
        catch
        {
            folder.Dispose();
            throw;
        }
    }
}
