using AcmeKestrel.InteropTests.Edge;
using AcmeKestrel.PostgreSql;
using AcmeKestrel.Storage;

namespace AcmeKestrel.InteropTests.PostgreSql;

/// <summary>What ails a database is said in a sentence, soon, and without the password; when it is well again, so is the store.</summary>
public sealed class OutageTests(SharedPostgreSql postgreSql)
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private static RecordKey Key => PostgreSqlScene.Wish("a.test");

    [Fact]
    public async Task A_wrong_password_is_said_without_it_and_the_right_one_is_read_from_the_file_when_it_is_there()
    {
        var server = await postgreSql.GetAsync(Stop);
        using var folder = new TemporaryFolder();
        var database = await server.CreateDatabaseAsync(Stop);
        await File.WriteAllTextAsync(folder.In("connection"), server.ConnectionString(database, password: "wr0ng-secret"), Stop);
        await using var store = new PostgreSqlStore(new PostgreSqlStoreOptions(AcmeSecret.InFile(folder.In("connection"))));

        var message = await RefusedAsync(() => ReadAsync(store));
        Assert.Contains($"PostgreSQL at 127.0.0.1:{server.Port} (database '{database}') does not let the role 'acme' in (password authentication failed for user \"acme\"): see Acme:Store:PostgreSql:ConnectionString", message, StringComparison.Ordinal);
        Assert.DoesNotContain("wr0ng-secret", message, StringComparison.Ordinal);

        await File.WriteAllTextAsync(folder.In("connection"), server.ConnectionString(database), Stop);
        Assert.Null(await ReadAsync(store));
    }

    [Theory]
    [InlineData("ConnectionString=x", "is no connection string of Npgsql")]
    [InlineData("Host=127.0.0.1;Port=s3cret", "is no connection string of Npgsql")]
    [InlineData("Host=127.0.0.1;Password=s3cret;Minimum Pool Size=20", "has settings that do not go together")]
    [InlineData("Host=s3cret;Target Session Attributes=read-write", "says 'Target Session Attributes', which is for several hosts")]
    [InlineData("Database=acme", "names no Host")]
    [InlineData("Host=127.0.0.1;Password=s3cret;Command Timeout=0", "says 'Command Timeout=0', which is for ever")]
    [InlineData("Host=127.0.0.1;Password=s3cret;Timeout=0", "says 'Timeout=0', which is for ever: say seconds")]
    [InlineData("Host=127.0.0.1;Password=s3cret;Cancellation Timeout=0", "says 'Cancellation Timeout=0', which is for ever: say milliseconds")]
    public async Task What_is_no_connection_string_is_said_without_it(string connectionString, string expected)
    {
        await using var store = new PostgreSqlStore(new PostgreSqlStoreOptions(AcmeSecret.Of(connectionString)));

        var message = await RefusedAsync(() => ReadAsync(store));

        Assert.StartsWith($"Acme:Store:PostgreSql:ConnectionString {expected}", message, StringComparison.Ordinal);
        Assert.DoesNotContain("s3cret", message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Where_nobody_listens_and_where_there_is_no_such_database_is_said()
    {
        var server = await postgreSql.GetAsync(Stop);
        await using var scene = new PostgreSqlScene(server, "missing");

        Assert.Contains("(database 'missing') has no such database", await RefusedAsync(() => ReadAsync(scene.Open())), StringComparison.Ordinal);
        var closed = scene.Open($"Host=127.0.0.1;Port={FreePort.Next()};Username=acme", "acme");
        Assert.Contains("(database 'acme') cannot be reached: Connection refused", await RefusedAsync(() => ReadAsync(closed)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_read_only_database_is_read_and_refuses_what_would_change_it()
    {
        await using var scene = await PostgreSqlScene.NewAsync(await postgreSql.GetAsync(Stop), Stop);
        await WriteAsync(scene.Open(), "1");
        await scene.Server.ExecuteAsync("postgres", $"ALTER DATABASE {scene.Database} SET default_transaction_read_only = on", Stop);
        var store = scene.Open();

        Assert.Equal("1", PostgreSqlScene.Text(await ReadAsync(store)));
        const string Expected = "is read-only: it is a standby, or default_transaction_read_only is on.";
        Assert.Contains(Expected, await RefusedAsync(() => WriteAsync(store, "2")), StringComparison.Ordinal);
        Assert.Contains(Expected, await RefusedAsync(() => store.TryLeaseAsync(new StoreLeaseRequest("state", "one", TimeSpan.FromMinutes(1)), Stop).AsTask()), StringComparison.Ordinal);
        Assert.Equal("1", PostgreSqlScene.Text(await ReadAsync(store)));
    }

    [Fact]
    public async Task Too_many_connections_are_said()
    {
        var server = await postgreSql.GetAsync(Stop);
        var database = await server.CreateDatabaseAsync(Stop);
        await server.ExecuteAsync("postgres", $"ALTER DATABASE {database} CONNECTION LIMIT 0", Stop);
        await using var scene = new PostgreSqlScene(server, database);

        Assert.Contains($"has no connection left (too many connections for database \"{database}\"): raise its max_connections", await RefusedAsync(() => ReadAsync(scene.Open())), StringComparison.Ordinal);
    }

    /// <summary>A transaction that somebody forgot: the server gives up before the client does, so it is known what came of it.</summary>
    [Fact]
    public async Task Who_is_held_up_for_ever_gives_up_and_has_changed_nothing()
    {
        await using var scene = await PostgreSqlScene.NewAsync(await postgreSql.GetAsync(Stop), Stop, "Command Timeout=5");
        var store = scene.Open();
        await Until.ItWorksAsync(() => WriteAsync(store, "1"), Stop);
        await using (var forgotten = new Npgsql.NpgsqlConnection(scene.Server.Administration(scene.Database)))
        {
            await forgotten.OpenAsync(Stop);
            await using var transaction = await forgotten.BeginTransactionAsync(Stop);
            await using var command = new Npgsql.NpgsqlCommand("UPDATE acme.feed SET position = position", forgotten, transaction);
            await command.ExecuteNonQueryAsync(Stop);

            Assert.Contains("is held up by another change, which does not end; nothing was changed", await RefusedAsync(() => WriteAsync(store, "2")), StringComparison.Ordinal);
            Assert.Equal("1", PostgreSqlScene.Text(await Until.ItWorksAsync(() => ReadAsync(store), Stop)));
        }

        await Until.ItWorksAsync(() => WriteAsync(store, "3"), Stop);
    }

    [Fact]
    public async Task A_server_that_was_stopped_and_started_goes_on_where_it_was()
    {
        await using var server = await PostgreSqlServer.StartAsync(Stop);
        await using var scene = await PostgreSqlScene.NewAsync(server, Stop);
        var (store, other) = (scene.Open(), scene.Open());
        var lease = (await store.TryLeaseAsync(new StoreLeaseRequest("state", "one", TimeSpan.FromMinutes(5)), Stop))!;
        await using var watch = await store.OpenWatchAsync(new StoreWatchRequest(), Stop);
        await WriteAsync(store, "1");

        await server.StopAsync(Stop);
        await RefusedAsync(() => ReadAsync(store));
        await RefusedAsync(() => WriteAsync(store, "2"));
        await Assert.ThrowsAsync<StoreUnavailableException>(() => lease.RenewAsync(TimeSpan.FromMinutes(5), Stop).AsTask());
        await RefusedAsync(async () =>
        {
            await foreach (var _ in watch.ReadAsync(Stop)) Assert.Fail("Who is cut off is told nothing.");
        });
        await server.StartAgainAsync(Stop);

        // The lease is the server's, and was there all the time.
        Assert.Null(await other.TryLeaseAsync(new StoreLeaseRequest("state", "two", TimeSpan.FromMinutes(5)), Stop));
        Assert.True(await lease.RenewAsync(TimeSpan.FromMinutes(5), Stop));
        Assert.Equal("1", PostgreSqlScene.Text(await ReadAsync(store)));
        await store.WriteAsync(new StoreWrite(Key, PostgreSqlScene.Content("3")) { Fence = lease.Fence }, Stop);
        await using var resumed = await store.OpenWatchAsync(new StoreWatchRequest { After = watch.Start }, Stop);
        var changes = new List<StoreChangeKind>();
        await foreach (var change in resumed.ReadAsync(Stop))
        {
            changes.Add(change.Kind);
            if (changes.Count == 2) break;
        }

        Assert.Equal([StoreChangeKind.Written, StoreChangeKind.Written], changes);
    }

    /// <summary>Its own sessions were cut, and the pool is full of dead ones: a reader does not notice.</summary>
    [Fact]
    public async Task A_reader_does_not_notice_that_the_server_was_started_anew_since_it_last_asked()
    {
        await using var server = await PostgreSqlServer.StartAsync(Stop);
        await using var scene = await PostgreSqlScene.NewAsync(server, Stop);
        var store = scene.Open();
        await WriteAsync(store, "1");
        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => ReadAsync(store)));

        await server.StopAsync(Stop);
        await server.StartAgainAsync(Stop);

        for (var i = 0; i < 3; i++) Assert.Equal("1", PostgreSqlScene.Text(await ReadAsync(store)));
    }

    /// <summary>What a call returned from is there after a crash, even where the database would have it otherwise.</summary>
    [Fact]
    public async Task What_was_written_outlives_a_crash_of_the_server()
    {
        await using var server = await PostgreSqlServer.StartAsync(Stop, "synchronous_commit=off", "wal_writer_delay=10s");
        await using var scene = await PostgreSqlScene.NewAsync(server, Stop);
        var store = scene.Open();
        await WriteAsync(store, "1");

        // Nothing else is written that would take this one along to the disk.
        await WriteAsync(store, "2");
        await server.CrashAsync(Stop);
        await server.StartAgainAsync(Stop);

        Assert.Equal("2", PostgreSqlScene.Text(await ReadAsync(scene.Open())));
    }

    [Fact]
    public async Task A_server_that_stands_still_makes_a_call_fail_soon_and_is_used_again_when_it_moves()
    {
        await using var server = await PostgreSqlServer.StartAsync(Stop);
        await using var scene = await PostgreSqlScene.NewAsync(server, Stop, "Timeout=1;Command Timeout=1;Cancellation Timeout=500");
        var (store, fresh) = (scene.Open(), scene.Open());
        await using var usual = new PostgreSqlStore(new PostgreSqlStoreOptions(AcmeSecret.Of(server.ConnectionString(scene.Database))));
        await Until.ItWorksAsync(() => WriteAsync(usual, "1"), Stop);
        await Until.ItWorksAsync(() => ReadAsync(store), Stop);

        server.Freeze();
        try
        {
            var from = TimeProvider.System.GetTimestamp();
            foreach (var call in (Func<Task>[])[() => ReadAsync(store), () => WriteAsync(store, "2"), () => ReadAsync(fresh), () => store.TryLeaseAsync(new StoreLeaseRequest("state", "one", TimeSpan.FromMinutes(1)), Stop).AsTask(), () => ReadAsync(usual)])
            {
                Assert.Contains("did not answer in time", await RefusedAsync(call), StringComparison.Ordinal);
            }

            Assert.InRange(TimeProvider.System.GetElapsedTime(from), TimeSpan.Zero, TimeSpan.FromSeconds(45));
        }
        finally
        {
            server.Thaw();
        }

        // A second is little to a machine that is busy.
        Assert.NotNull(await Until.ItWorksAsync(() => ReadAsync(store), Stop));
        await Until.ItWorksAsync(() => WriteAsync(store, "3"), Stop);
        Assert.Equal("3", PostgreSqlScene.Text(await Until.ItWorksAsync(() => ReadAsync(fresh), Stop)));
    }

    [Fact]
    public async Task A_full_disk_is_said_what_is_there_is_read_and_when_there_is_room_it_is_written_to()
    {
        await using var volume = await SmallVolume.TryMountAsync(Stop, "24m");
        if (volume is null)
        {
            TestContext.Current.AddWarning("Nothing may be mounted here, so nothing is shown; run it as root.");
            return;
        }

        await using var server = await PostgreSqlServer.StartAsync(Stop);
        Directory.CreateDirectory(Path.Combine(volume.Path, "space"));
        await ServerUser.OwnAsync(volume.Path, Stop);
        File.SetUnixFileMode(Path.GetDirectoryName(volume.Path)!, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute | UnixFileMode.OtherExecute);
        await server.ExecuteAsync("postgres", $"CREATE TABLESPACE small LOCATION '{Path.Combine(volume.Path, "space")}'", Stop);
        var database = await server.CreateDatabaseAsync(Stop, "TABLESPACE small");
        await using var scene = new PostgreSqlScene(server, database);
        var store = scene.Open();
        await WriteAsync(store, "1");
        volume.Fill();

        var big = new StoreWrite(PostgreSqlScene.Wish("big.test"), new RecordContent([new RecordPart("big", Noise(4 << 20))]));
        Assert.Contains("has no room left on its disk", await RefusedAsync(() => store.WriteAsync(big, Stop).AsTask()), StringComparison.Ordinal);
        Assert.Equal("1", PostgreSqlScene.Text(await ReadAsync(store)));
        Assert.Null(await store.ReadAsync(big.Key, Stop));

        volume.Empty();
        await store.WriteAsync(big, Stop);
    }

    private static byte[] Noise(int length)
    {
        var noise = new byte[length];
        new Random(7).NextBytes(noise);
        return noise;
    }

    private static async Task<string> RefusedAsync(Func<Task> call)
    {
        var refused = await Assert.ThrowsAsync<StoreUnavailableException>(call);
        Assert.DoesNotContain(PostgreSqlServer.Password, refused.ToString(), StringComparison.Ordinal);
        return refused.Message;
    }

    private static Task<StoreRecord?> ReadAsync(PostgreSqlStore store) => store.ReadAsync(Key, Stop).AsTask();

    private static Task<RecordVersion> WriteAsync(PostgreSqlStore store, string text) => store.WriteAsync(new StoreWrite(Key, PostgreSqlScene.Content(text)), Stop).AsTask();
}
